#include "tests/support/docker_registry.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "common/file.hpp"
#include "common/subprocess.hpp"

namespace whittle::test {
namespace {

constexpr const char* registry_program = "/usr/bin/docker-registry";
constexpr const char* htpasswd_program = "/usr/bin/htpasswd";
constexpr const char* skopeo_program = "/usr/bin/skopeo";

bool is_program(const char* path) {
  return ::access(path, X_OK) == 0;
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

// A port that was free a moment ago.
int free_port() {
  const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  auto address = loopback(0);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd.get(), generic, length) != 0 || ::getsockname(fd.get(), generic, &length) != 0)
    throw std::runtime_error("there is no free port");
  return ntohs(address.sin_port);
}

bool answers(int port) {
  const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  auto address = loopback(port);
  return ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

std::string run_or_throw(std::vector<std::string> argv) {
  Command command;
  command.argv = std::move(argv);
  command.environment = {"PATH=/usr/bin:/bin", "HOME=/nonexistent", "TMPDIR=/tmp"};
  command.directory = "/";
  const auto outcome = run(command, {});
  if (!outcome.succeeded())
    throw std::runtime_error(fmt::format("{} failed: {}{}", command.argv[0], outcome.output, outcome.errors));
  return outcome.output;
}

}  // namespace

struct DockerRegistry::Process {
  TemporaryFolder folder{std::filesystem::temp_directory_path()};
  pid_t pid = 0;

  ~Process() { end(); }
  void end() {
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    pid = 0;
  }

  void start(const std::string& config) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    const auto log = (folder.path() / "log").string();
    posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    std::string program = registry_program;
    std::string serve = "serve";
    std::string file = config;
    std::string otel = "OTEL_TRACES_EXPORTER=none";
    std::array<char*, 4> argv = {program.data(), serve.data(), file.data(), nullptr};
    std::array<char*, 2> environment = {otel.data(), nullptr};
    const int error = posix_spawn(&pid, registry_program, &actions, nullptr, argv.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw std::runtime_error("docker-registry does not start");
  }

  // Waits until the port answers; false when the program has ended instead.
  bool wait_for(int port) {
    for (int i = 0; i < 1000; ++i) {
      if (::waitpid(pid, nullptr, WNOHANG) == pid) {
        pid = 0;
        return false;
      }
      if (answers(port)) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
};

bool DockerRegistry::available() {
  return is_program(registry_program);
}
bool DockerRegistry::logins_available() {
  return is_program(htpasswd_program);
}

DockerRegistry::DockerRegistry(const std::optional<RegistryLogin>& login)
    : process_(std::make_unique<Process>()) {
  const auto& folder = process_->folder.path();
  std::string config = fmt::format(
      "version: 0.1\nlog:\n  level: error\n  accesslog:\n    disabled: true\n"
      "storage:\n  filesystem:\n    rootdirectory: {}\n  delete:\n    enabled: true\n",
      (folder / "storage").string());
  if (login) {
    const auto passwords = folder / "htpasswd";
    write_file(passwords, run_or_throw({htpasswd_program, "-Bbn", login->user, login->password}),
               AtomicFile::Durability::content);
    config += fmt::format("auth:\n  htpasswd:\n    realm: test\n    path: {}\n", passwords.string());
  }
  for (int attempt = 0; attempt < 5; ++attempt) {
    const int port = free_port();
    host_ = fmt::format("127.0.0.1:{}", port);
    const auto file = folder / "config.yml";
    write_file(file, config + fmt::format("http:\n  addr: {}\n", host_), AtomicFile::Durability::content);
    process_->start(file.string());
    if (process_->wait_for(port)) return;
    process_->end();  // somebody else took the port
  }
  throw std::runtime_error("docker-registry does not answer: " + read_file(folder / "log", 1U << 20U));
}

DockerRegistry::~DockerRegistry() = default;

bool skopeo_available() {
  return is_program(skopeo_program);
}

std::string skopeo(std::initializer_list<std::string> arguments) {
  std::vector<std::string> argv = {skopeo_program, "--insecure-policy"};
  argv.insert(argv.end(), arguments);
  return run_or_throw(std::move(argv));
}

}  // namespace whittle::test
