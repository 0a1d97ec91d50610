#include "optimizer/rebuild.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "builder/go_environment.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/json.hpp"
#include "common/subprocess.hpp"
#include "common/text.hpp"
#include "optimizer/source_copy.hpp"

namespace whittle::optimizer {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t result_limit = 8U << 20U;

Circumstances circumstances_of(const Perturbations& perturbations) {
  Circumstances result;
  if (perturbations.contains(Perturbation::user)) result.user = 54321;
  if (perturbations.contains(Perturbation::host)) result.host = "elsewhere.example";
  if (perturbations.contains(Perturbation::umask)) result.umask = 077;
  if (perturbations.contains(Perturbation::clock)) result.clock_shift = 100'000;
  // One of many is given up. Of few it would cost too much time, and another number of jobs has to do.
  const auto processors = std::thread::hardware_concurrency();
  if (perturbations.contains(Perturbation::processors) && processors > 8) result.processors = processors - 1;
  return result;
}

// What stands in the message for machines of the child, by its exit code (docs/exit-codes.md).
ErrorKind kind_of(int exit_code) {
  switch (exit_code) {
    case 3:
      return ErrorKind::spec;
    case 4:
      return ErrorKind::toolchain;
    case 5:
      return ErrorKind::not_found;
    case 6:
      return ErrorKind::network;
    case 7:
      return ErrorKind::auth;
    case 8:
      return ErrorKind::integrity;
    case 10:
      return ErrorKind::policy;
    case 11:
      return ErrorKind::io;
    default:
      return ErrorKind::internal;
  }
}

// The child's last error, without its hints.
std::string message_in(const std::string& errors) {
  constexpr std::string_view mark = "error: ";
  const auto start = errors.rfind(mark);
  if (start == std::string::npos) return "it says nothing";
  auto message = errors.substr(start + mark.size());
  message.erase(std::min(message.find("\n  hint: "), message.size()));
  while (message.ends_with('\n')) message.pop_back();
  return escaped(message, true, 4096);
}

Rebuilt read_result(const fs::path& file, const fs::path& layout) {
  const auto document =
      parse_json(read_file(file, result_limit), "the result of the rebuild", ErrorKind::internal);
  const auto& image = document.at("images").at(0);
  Rebuilt rebuilt{Digest::parse(image.at("digest").get<std::string>()), {}, layout};
  for (const auto& platform : image.at("platforms"))
    rebuilt.manifests.emplace(platform.at("platform").get<std::string>(),
                              Digest::parse(platform.at("manifest").get<std::string>()));
  return rebuilt;
}

// What the lock names is verified against it whenever it is used, and need not be fetched again for an empty
// cache.
void share_what_is_locked(const fs::path& from, const fs::path& to) {
  make_directories(to);
  for (const auto* part : {"toolchains", "packages", "sumdb"}) {
    make_directories(from / part);
    fs::create_directory_symlink(from / part, to / part);
  }
}

}  // namespace

Perturbations Rebuilder::possible(const Perturbations& wanted) {
  Perturbations result;
  for (const auto perturbation : wanted) {
    const auto circumstances = circumstances_of({perturbation});
    Outcome outcome;
    if (!circumstances.empty()) {
      const auto argv = circumstances.argv_under(tools_.whittle, {tools_.whittle, "version"});
      outcome = whittle::run({argv, {"LC_ALL=C"}, tools_.work}, tools_.stop);
    }
    if (outcome.succeeded())
      result.insert(perturbation);
    else
      refused_.emplace(perturbation, message_in(outcome.errors));
  }
  return result;
}

fs::path Rebuilder::sources(const Perturbations& perturbations, const std::string& lock,
                            const fs::path& work) const {
  const auto has = [&](Perturbation one) { return perturbations.contains(one); };
  const bool has_lock = lock == (plan_.lock_at_hand.empty() ? plan_.lock : plan_.lock_at_hand) &&
                        fs::exists(plan_.root / plan_.lock_file);
  if (has_lock && !has(Perturbation::folder) && !has(Perturbation::file_order) &&
      !has(Perturbation::file_times))
    return plan_.root;
  const auto folder =
      has(Perturbation::folder) ? work / "elsewhere" / "in a longer path" / "sources" : work / "sources";
  const auto root = copy_sources(plan_.root, folder,
                                 {has(Perturbation::file_order), has(Perturbation::file_times)}, tools_.stop);
  if (!has_lock) write_file(root / plan_.lock_file, lock, AtomicFile::Durability::content);
  return root;
}

std::vector<std::string> Rebuilder::arguments(const Perturbations& perturbations, const fs::path& root,
                                              const fs::path& work) const {
  std::vector<std::string> argv = {tools_.whittle,    "build", "--locked", "--progress=none",
                                   "--ignore-limits",  // its bytes are what counts
                                   "--cache=none"};    // and that they are made here
  if (!plan_.spec_file.empty()) argv.push_back(fmt::format("--file={}", (root / plan_.spec_file).native()));
  for (const auto& platform : plan_.platforms) argv.push_back(fmt::format("--platform={}", platform.text()));
  if (!plan_.profile.empty()) argv.push_back(fmt::format("--profile={}", plan_.profile));
  argv.push_back(fmt::format("--output=oci:{}:image", (work / "layout").native()));
  argv.push_back(fmt::format("--result={}", (work / "result.json").native()));
  argv.push_back(
      fmt::format("--jobs={}", tools_.jobs + (perturbations.contains(Perturbation::processors) ? 1 : 0)));
  argv.insert(argv.end(), {"--", plan_.wanted});
  return argv;
}

std::vector<std::string> Rebuilder::environment(const Perturbations& perturbations,
                                                const fs::path& work) const {
  const auto has = [&](Perturbation one) { return perturbations.contains(one); };
  const auto& host = tools_.host;
  auto variables = host.environment;
  const auto set = [&](const char* name, const fs::path& value) { variables[name] = value.native(); };
  set("SOURCE_DATE_EPOCH", std::to_string(plan_.epoch));
  set("XDG_CACHE_HOME", tools_.cache.parent_path());
  set("GOMODCACHE", builder::module_cache_of(host, tools_.cache / "modules"));
  for (const auto& [name, value] : builder::module_source_settings(host)) variables[name] = value;
  if (has(Perturbation::cache)) {
    share_what_is_locked(tools_.cache, work / "cache" / "whittle");
    set("XDG_CACHE_HOME", work / "cache");
    set("GOCACHE", work / "cache" / "compiled");
  }
  if (has(Perturbation::home)) {
    // Where configuration and credentials are is no matter of the bytes.
    if (!host.variable("XDG_CONFIG_HOME") && !host.home.empty())
      set("XDG_CONFIG_HOME", host.home / ".config");
    if (!host.variable("DOCKER_CONFIG") && !host.home.empty()) set("DOCKER_CONFIG", host.home / ".docker");
    make_directories(work / "home of another");
    set("HOME", work / "home of another");
  }
  if (has(Perturbation::time_zone)) set("TZ", "Asia/Kathmandu");
  if (has(Perturbation::locale)) set("LANG", "tr_TR.UTF-8");
  if (has(Perturbation::locale)) set("LC_ALL", "tr_TR.UTF-8");
  std::vector<std::string> result;
  for (const auto& [name, value] : variables) result.push_back(fmt::format("{}={}", name, value));
  return result;
}

Rebuilt Rebuilder::run(const Perturbations& perturbations, const std::string& lock) {
  const auto work = tools_.work / fmt::format("{}", ++runs_);
  make_directories(work);
  const auto label = perturbations.empty() ? std::string("building again")
                                           : fmt::format("building again: {}", listed(perturbations));
  const auto task = tools_.reporter.start(label, 0);
  const auto root = sources(perturbations, lock, work);
  Command command;
  command.argv =
      circumstances_of(perturbations).argv_under(tools_.whittle, arguments(perturbations, root, work));
  command.environment = environment(perturbations, work);
  command.directory = root / plan_.folder;
  const auto outcome = whittle::run(command, tools_.stop);
  if (!outcome.succeeded())
    throw Error(kind_of(outcome.exit_code), message_in(outcome.errors)).context("building the image again");
  const auto rebuilt = read_result(work / "result.json", work / "layout");
  task->done(rebuilt.root.text());
  return rebuilt;
}

}  // namespace whittle::optimizer
