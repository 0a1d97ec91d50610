#include "running/runtime.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>

#include "common/error.hpp"
#include "common/subprocess.hpp"
#include "common/text.hpp"
#include "running/control_group.hpp"

namespace whittle::running {
namespace {

struct Known {
  std::string_view name;
  std::array<unsigned, 2> oldest;
};
constexpr std::array<Known, 3> known_runtimes = {{{"runc", {1, 0}}, {"crun", {1, 0}}, {"youki", {0, 3}}}};

// "runc version 1.1.5+ds1", "crun version 1.8.1", "youki version 0.5.3".
std::string version_in(std::string_view text, std::string_view name) {
  const auto prefix = fmt::format("{} version ", name);
  const auto at = text.find(prefix);
  if (at == std::string_view::npos) return {};
  const auto rest = text.substr(at + prefix.size());
  return std::string(rest.substr(0, rest.find_first_of(" \n\r")));
}

std::array<unsigned, 2> numbers_of(std::string_view version) {
  std::array<unsigned, 2> numbers{};
  const char* at = version.data();
  const char* end = at + version.size();
  for (auto& number : numbers) {
    const auto parsed = std::from_chars(at, end, number);
    at = parsed.ptr != end ? parsed.ptr + 1 : end;
  }
  return numbers;
}

// Of a machine with both versions crun uses version 1 when it sees nothing of version 2 (crun(1), "cgroups").
std::shared_ptr<const MountNamespace> mounts_for(std::string_view name) {
  const auto version_2 = name == "crun" && ::geteuid() == 0 ? second_hierarchy() : std::nullopt;
  if (!version_2) return nullptr;
  auto mounts = std::make_shared<MountNamespace>();
  mounts->unmount(*version_2);
  return mounts;
}

}  // namespace

std::vector<std::string> runtime_environment() {
  return {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
}

std::vector<std::string> Runtime::arguments(const std::filesystem::path& state,
                                            const std::filesystem::path& log,
                                            const std::vector<std::string>& command) const {
  std::vector<std::string> all = {program.native(), "--root", state.native()};
  if (!log.empty()) all.insert(all.end(), {"--log", log.native(), "--log-format", "json"});
  all.insert(all.end(), command.begin(), command.end());
  return all;
}

void Runtime::command(const std::filesystem::path& state, const std::vector<std::string>& command,
                      const std::stop_token& stop) const {
  whittle::Outcome outcome;
  within_mounts([&] {
    outcome = run({.argv = arguments(state, {}, command),
                   .environment = runtime_environment(),
                   .directory = "/",
                   .output_limit = 1U << 20U,
                   .time_limit = std::chrono::seconds(30)},
                  stop);
  });
  if (outcome.succeeded()) return;
  throw Error(ErrorKind::io,
              fmt::format("`{} {}` failed: {}", name, command.front(), escaped(outcome.errors, false, 1000)));
}

void Runtime::within_mounts(const std::function<void()>& start) const {
  if (mounts)
    mounts->run(start);
  else
    start();
}

std::filesystem::path find_runtime(const std::string& wanted,
                                   const std::function<std::filesystem::path(std::string_view)>& find) {
  if (!wanted.empty()) {
    auto program = wanted.find('/') == std::string::npos ? find(wanted) : std::filesystem::path(wanted);
    if (!program.empty()) return program;
    throw Error(ErrorKind::not_found, fmt::format("there is no program {} in PATH", shown(wanted)));
  }
  for (const auto& one : known_runtimes)
    if (auto program = find(one.name); !program.empty()) return program;
  throw Error(ErrorKind::not_found, "no OCI runtime is installed")
      .hint("install runc or crun, or name one with --runtime");
}

Runtime identify_runtime(const std::filesystem::path& program, const std::stop_token& stop) {
  const auto name = escaped(program.native(), false, 1000);
  const auto outcome = run({.argv = {program.native(), "--version"},
                            .environment = runtime_environment(),
                            .directory = "/",
                            .output_limit = 64U << 10U,
                            .time_limit = std::chrono::seconds(10)},
                           stop);
  for (const auto& one : known_runtimes) {
    const auto version = version_in(outcome.output, one.name);
    if (version.empty()) continue;
    if (numbers_of(version) < one.oldest)
      throw Error(ErrorKind::unsupported,
                  fmt::format("{} is {} {}, which is too old", name, one.name, shown(version)))
          .hint(fmt::format("{} {}.{} or later can run images confined", one.name, one.oldest[0],
                            one.oldest[1]));
    return {std::string(one.name), program, escaped(version), mounts_for(one.name)};
  }
  throw Error(ErrorKind::unsupported, fmt::format("{} is no OCI runtime that is known here", name))
      .hint("runc, crun and youki are");
}

}  // namespace whittle::running
