// The program `whittle` of the relocatable archive: starts the real one with the loader and the libraries
// that lie beside it, whatever this system has, even nothing. Static; without a shell, without an environment
// of its own.
//   bin/whittle                 this
//   lib/whittle/whittle         the program
//   lib/whittle/ld-linux-*.so.* the loader, and libraries
#include <sys/auxv.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

#if defined(__x86_64__)
constexpr std::string_view loader_name = "ld-linux-x86-64.so.2";
#elif defined(__aarch64__)
constexpr std::string_view loader_name = "ld-linux-aarch64.so.1";
#else
#error "which loader is there on this architecture?"
#endif

// Where this file is, behind all links. Without /proc, as what the kernel was told to start.
std::string own_path() {
  std::array<char, PATH_MAX> buffer{};
  const auto length = ::readlink("/proc/self/exe", buffer.data(), buffer.size() - 1);
  if (length > 0) return {buffer.data(), static_cast<std::size_t>(length)};
  const auto* const started = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
  return started != nullptr && ::realpath(started, buffer.data()) != nullptr ? buffer.data() : std::string();
}

// Libraries that this system's environment names for its own loader do not fit ours.
bool is_for_loader(std::string_view variable) {
  return variable.starts_with("LD_PRELOAD=") || variable.starts_with("LD_AUDIT=");
}

int fail(const std::string& what) {
  const std::string text = "error: " + what + ": " + std::strerror(errno) + "\n" +
                           "  hint: unpack the archive again; bin/whittle finds ../lib/whittle beside it\n";
  static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
  return 11;  // this machine (docs/exit-codes.md)
}

}  // namespace

int main(int argc, char** argv, char** environment) {
  std::string self = own_path();
  if (self.empty()) return fail("finding where whittle was started from");
  const auto bin = self.rfind('/');
  const auto top = bin == 0 ? bin : self.rfind('/', bin - 1);
  std::string libraries = (top == std::string::npos ? std::string() : self.substr(0, top)) + "/lib/whittle";
  std::string loader = libraries + "/" + std::string(loader_name);
  std::string program = libraries + "/whittle";
  std::array<std::string, 3> options = {"--inhibit-cache", "--library-path", "--argv0"};

  // ld.so(8). The name of the process is what it is to start when it needs itself again.
  std::vector<char*> arguments = {loader.data(),     options[0].data(), options[1].data(), libraries.data(),
                                  options[2].data(), self.data(),       program.data()};
  for (int i = 1; i < argc; ++i) arguments.push_back(argv[i]);
  arguments.push_back(nullptr);
  std::vector<char*> variables;
  for (; *environment != nullptr; ++environment)
    if (!is_for_loader(*environment)) variables.push_back(*environment);
  variables.push_back(nullptr);
  ::execve(loader.c_str(), arguments.data(), variables.data());
  return fail("starting " + loader);
}
