// whittle lock: names by digest all that a build takes from outside.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>

#include "builder/locking.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "cli/wanted_images.hpp"
#include "common/error.hpp"
#include "common/json.hpp"
#include "common/text.hpp"
#include "packages/bases.hpp"

namespace whittle::cli {
namespace {

struct Flags {
  WantedImages images;
  std::vector<std::string> platforms;
  std::vector<std::string> update;
  bool update_all = false;
  bool check = false;
  bool json = false;
  bool offline = false;
  std::string store;
};

// What --update names: go, packages, cc, or the base of an image.
builder::Renewal renewal_of(const Flags& flags, const builder::Spec& spec) {
  builder::Renewal renewal;
  if (flags.update_all && flags.update.empty()) return {true, true, true, true, {}};
  for (const auto& what : flags.update) {
    const auto image = std::find_if(spec.images.begin(), spec.images.end(),
                                    [&](const auto& one) { return one.name == what; });
    if (what == "go")
      renewal.go = true;
    else if (what == "packages")
      renewal.packages = true;
    else if (what == "cc")
      renewal.c_compilers = true;
    else if (image != spec.images.end() && packages::find_base(image->base))
      renewal.packages = true;
    else if (image != spec.images.end())
      renewal.images.insert(image->base);
    else
      throw Error(ErrorKind::usage,
                  fmt::format("--update {}: that is neither `go`, `packages`, `cc` nor an image of the spec",
                              shown(what)));
  }
  return renewal;
}

builder::LockOptions options_of(const Flags& flags, const builder::Spec& spec, Session& session) {
  builder::LockOptions options;
  for (const auto& platform : flags.platforms) options.platforms.push_back(layers::Platform::parse(platform));
  options.host_platform = host_platform();
  options.renewal = renewal_of(flags, spec);
  if (!flags.store.empty()) options.store = registry::Place::parse(flags.store);
  options.offline = flags.offline;
  options.now = wall_clock();
  options.jobs = session.jobs();
  return options;
}

Json as_json(const std::vector<std::string>& lines) {
  Json list = Json::array();
  for (const auto& line : lines) list.push_back(as_utf8(line));
  return list;
}

void run_check(const Flags& flags, const builder::Spec& spec, Session& session) {
  const auto check = builder::check_lock(
      spec, options_of(flags, spec, session),
      {session.host(), session.cache(), session.access(), session.reporter(), session.stop()});
  const auto file = escaped(check.file.native(), false, 4096);
  if (flags.json)
    session.print(canonical({{"schemaVersion", 1},
                             {"file", as_utf8(check.file.native())},
                             {"exists", check.exists},
                             {"good", check.good()},
                             {"lacking", as_json(check.lacking)},
                             {"superfluous", as_json(check.superfluous)}}) +
                  "\n");
  if (check.good()) return session.reporter().note(file + " is up to date");
  auto lines = check.lacking;
  lines.insert(lines.end(), check.superfluous.begin(), check.superfluous.end());
  throw Error(ErrorKind::spec, fmt::format("{} {}:\n    {}", file, check.exists ? "is stale" : "is not there",
                                           fmt::join(lines, "\n    ")))
      .hint("run `whittle lock` and commit it");
}

void run_update(const Flags& flags, const builder::Spec& spec, Session& session) {
  const auto update = builder::update_lock(
      spec, options_of(flags, spec, session),
      {session.host(), session.cache(), session.access(), session.reporter(), session.stop()});
  const auto file = escaped(update.file.native(), false, 4096);
  session.reporter().note(update.differences.empty() ? file + " is up to date" : "wrote " + file);
  if (flags.json) {
    session.print(canonical({{"schemaVersion", 1},
                             {"file", as_utf8(update.file.native())},
                             {"differences", as_json(update.differences)}}) +
                  "\n");
    return;
  }
  for (const auto& line : update.differences) session.print(line + "\n");
}

void run_lock(const Flags& flags, Session& session) {
  const auto spec = spec_of(flags.images, session.host().working_directory, session.limits());
  if (flags.check)
    run_check(flags, spec, session);
  else
    run_update(flags, spec, session);
}

}  // namespace

void add_lock(CLI::App& app, const Choose& choose) {
  auto flags = std::make_shared<Flags>();
  auto* command =
      app.add_subcommand("lock", "Name by digest all that a build takes from outside: whittle.lock");
  add_wanted_images(*command, flags->images);
  command->add_option("--platform", flags->platforms, "Platform instead of those of the spec; repeatable")
      ->delimiter(',')
      ->allow_extra_args(false);
  auto* update = command
                     ->add_option("--update", flags->update,
                                  "Look up again: go, packages, cc (the C compiler), or the base of an image "
                                  "by its name; everything when nothing is named")
                     ->expected(0, -1);
  auto* check = command->add_flag("--check", flags->check,
                                  "Write nothing; exit code 3 when the lock is missing or stale");
  update->excludes(check);
  command
      ->add_option("--store", flags->store, "Also keep the packages at this place: a repository, or oci:DIR")
      ->excludes(check);
  command->add_flag("--offline", flags->offline, "Fetch nothing");
  command->add_flag("--json", flags->json, "Print what is stale or different as JSON");
  command->callback([flags, choose, update] {
    flags->update_all = update->count() > 0;
    std::erase(flags->update, "");
    choose([flags](Session& session) { run_lock(*flags, session); });
  });
}

}  // namespace whittle::cli
