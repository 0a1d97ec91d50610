// The fuzz targets without libFuzzer: replays a corpus, and mutations of it, the same ones every time.
//   fuzz_replay TARGET CORPUS
// The inputs run in a child, so that however one ends it (a signal, a sanitizer, a hang), it is known which
// it was.
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <new>
#include <vector>

#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/mutator.hpp"

namespace whittle::fuzz {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int most_mutations = 20'000;
constexpr auto longest_run = std::chrono::milliseconds(500);
constexpr unsigned longest_input_seconds = 10;

// The input that runs now, in memory that parent and child share.
struct Current {
  std::size_t size = 0;
  std::array<char, largest_input> bytes{};
};

Current& shared_current() {
  void* memory = ::mmap(nullptr, sizeof(Current), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw_errno(errno, "sharing memory");
  return *new (memory) Current;
}

std::vector<std::string> read_corpus(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> inputs;
  inputs.reserve(files.size());
  for (const auto& file : files) inputs.push_back(read_file(file, largest_input));
  return inputs;
}

void run_one(const Target& target, std::string_view input, Current& current) {
  current.size = input.size();
  std::memcpy(current.bytes.data(), input.data(), input.size());
  ::alarm(longest_input_seconds);
  target.input(input);
  ::alarm(0);
}

void run_all(const Target& target, const std::vector<std::string>& corpus, Current& current) {
  run_one(target, "", current);
  for (const auto& input : corpus) run_one(target, input, current);
  Mutator mutator(corpus);
  const auto end = Clock::now() + longest_run;
  for (int i = 0; i < most_mutations && Clock::now() < end; ++i) run_one(target, mutator.next(), current);
}

// Keeps the input that ended the child where it can be added to the corpus.
int report(const Target& target, const Current& current, int status) {
  const auto file = std::filesystem::current_path() / fmt::format("{}.finding", target.name);
  write_file(file, {current.bytes.data(), current.size}, AtomicFile::Durability::content);
  const bool killed = WIFSIGNALED(status);
  fmt::print(stderr, "ended by {} {} on the input in {}\n", killed ? "signal" : "exit code",
             killed ? WTERMSIG(status) : WEXITSTATUS(status), file.native());
  return 1;
}

int replay(const Target& target, const std::filesystem::path& folder) {
  const auto corpus = read_corpus(folder);
  auto& current = shared_current();
  const auto child = ::fork();
  if (child < 0) throw_errno(errno, "starting a child");
  if (child == 0) {
    run_all(target, corpus, current);
    std::exit(0);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child) throw_errno(errno, "waiting for the child");
  return status == 0 ? 0 : report(target, current, status);
}

}  // namespace
}  // namespace whittle::fuzz

int main(int count, char** arguments) {
  const auto* const end = std::end(whittle::fuzz::targets);
  const auto* const target =
      count != 3 ? end : std::find_if(std::begin(whittle::fuzz::targets), end, [&](const auto& one) {
        return one.name == arguments[1];
      });
  if (target == end) {
    fmt::print(stderr, "usage: {} TARGET CORPUS\n", arguments[0]);
    return 2;
  }
  return whittle::fuzz::replay(*target, arguments[2]);
}
