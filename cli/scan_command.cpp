// whittle scan: the known vulnerabilities in an image.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/page_file.hpp"
#include "cli/session.hpp"
#include "cli/version.hpp"
#include "cli/wanted_images.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"
#include "registry/place.hpp"
#include "vulnerabilities/day.hpp"
#include "vulnerabilities/dismissals.hpp"
#include "vulnerabilities/openvex.hpp"
#include "vulnerabilities/report_json.hpp"
#include "vulnerabilities/report_text.hpp"
#include "vulnerabilities/sarif.hpp"
#include "vulnerabilities/scan.hpp"

namespace whittle::cli {
namespace {

namespace fs = std::filesystem;
using vulnerabilities::Severity;

constexpr const char* folders_variable = "WHITTLE_VULNERABILITIES";

struct ScanFlags {
  std::string place;
  std::vector<std::string> databases;
  std::vector<std::string> ignored;
  std::string platform;
  std::string sarif;
  std::string openvex;
  std::vector<std::string> vex;
  std::string fail_on = "high";
  bool all = false;
  bool json = false;
};

// Where databases are when nobody says so: each folder and zip in it is one.
fs::path usual_place(const builder::Host& host) {
  const auto named = host.variable("XDG_DATA_HOME");
  const auto data = named && named->starts_with('/') ? fs::path(*named) : host.home / ".local" / "share";
  return data / "whittle" / "vulnerabilities";
}

std::vector<fs::path> databases_in(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error))
    if (entry->is_directory(error) || entry->path().extension() == ".zip") found.push_back(entry->path());
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<fs::path> wanted_databases(const ScanFlags& flags, const builder::Host& host) {
  if (!flags.databases.empty()) return {flags.databases.begin(), flags.databases.end()};
  std::vector<fs::path> places;
  if (const auto listed = host.variable(folders_variable)) {
    for (auto& place : CLI::detail::split(*listed, ':'))
      if (!place.empty()) places.emplace_back(place);
  } else {
    places = databases_in(usual_place(host));
  }
  if (places.empty())
    throw Error(ErrorKind::usage, "no database of known vulnerabilities is named")
        .hint(fmt::format(
            "--database takes a folder or zip in the OSV format; so does {}, and so do those in {}",
            folders_variable, usual_place(host).native()));
  return places;
}

std::vector<vulnerabilities::Database> open_databases(const std::vector<fs::path>& places,
                                                      std::chrono::sys_days today, builder::Cache& cache,
                                                      Session& session) {
  std::vector<vulnerabilities::Database> all;
  for (const auto& place : places) {
    all.push_back(
        vulnerabilities::Database::open(place, cache, session.reporter(), session.jobs(), session.stop()));
    const auto age = vulnerabilities::age_of(all.back(), today);
    if (!age)
      session.reporter().warn(
          fmt::format("the database {} does not say how old it is", shown(place.native())));
    else if (*age >= vulnerabilities::old_database)
      session.reporter().warn(
          fmt::format("the database {} is {} days old: what became known since is not in it",
                      shown(place.native()), *age));
  }
  return all;
}

// Opens the databases on a thread of its own, while the image is looked for and read. Borrows the session.
class Opening {
 public:
  Opening(std::vector<fs::path> places, std::chrono::sys_days today, Session& session)
      : opening_(std::async(std::launch::async,
                            [places = std::move(places), today, &session, &cache = session.cache()] {
                              return open_databases(places, today, cache, session);
                            })) {}

  // Waits, and throws what opening them threw.
  vulnerabilities::Databases& wait() {
    if (!opened_) opened_.emplace(opening_.get());
    return *opened_;
  }
  // What is wrong with them, if that is known by now.
  void check() {
    if (!opened_ && opening_.wait_for(std::chrono::seconds(0)) == std::future_status::ready) wait();
  }

 private:
  std::future<std::vector<vulnerabilities::Database>> opening_;
  std::optional<vulnerabilities::Databases> opened_ = {};
};

void dismiss(const ScanFlags& flags, std::chrono::sys_days today, vulnerabilities::VexStatements& statements,
             vulnerabilities::Scan& scan, Session& session) {
  for (auto& platform : scan.platforms) {
    vulnerabilities::Dismissals dismissals;
    for (const auto& text : flags.ignored) dismissals.add(text);
    for (const auto& remark : dismissals.apply(platform.findings, vulnerabilities::text_of(today)))
      session.reporter().warn(remark);
  }
  for (const auto& remark : statements.apply(scan)) session.reporter().warn(remark);
  for (auto& platform : scan.platforms) vulnerabilities::sort_findings(platform.findings);
}

// What others know of the image's vulnerabilities, read before the image is.
vulnerabilities::VexStatements read_statements(const ScanFlags& flags) {
  vulnerabilities::VexStatements statements;
  for (const auto& file : flags.vex) {
    const auto what = fmt::format("the VEX document {}", shown(file));
    in_context([&] { return fmt::format("reading {}", what); },
               [&] { statements.add(read_file(file, vulnerabilities::VexStatements::largest), what); });
  }
  return statements;
}

// RFC 3339; SOURCE_DATE_EPOCH, where it is set.
std::string time_text(Session& session) {
  const auto now = session.host().variable("SOURCE_DATE_EPOCH")
                       ? std::chrono::sys_seconds(std::chrono::seconds(session.epoch()))
                       : std::chrono::floor<std::chrono::seconds>(wall_clock());
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(static_cast<std::time_t>(now.time_since_epoch().count())));
}

// Error(policy) when there is one that is bad enough.
void judge(const ScanFlags& flags, const vulnerabilities::Scan& scan) {
  if (flags.fail_on == "none") return;
  const auto least =
      flags.fail_on == "any" ? Severity::unknown : *vulnerabilities::severity_named(flags.fail_on);
  std::size_t count = 0;
  for (const auto& platform : scan.platforms)
    for (const auto& finding : platform.findings)
      if (finding.counts() && finding.weight() >= least) ++count;
  if (count == 0) return;
  throw Error(
      ErrorKind::policy,
      fmt::format(
          "{} {} known vulnerabilit{}{}", escaped(flags.place, false, 400),
          count == 1 ? "has a" : fmt::format("has {}", count), count == 1 ? "y" : "ies",
          flags.fail_on == "any" ? "" : fmt::format(" of severity {} or worse, or unknown", flags.fail_on)))
      .hint(
          "--fail-on says from which severity on this is an error, --ignore ID=REASON which ones are known");
}

void run_scan(const ScanFlags& flags, Session& session) {
  const auto place = registry::Place::parse(flags.place);
  session.check_streams({place}, {});
  for (const auto& text : flags.ignored) vulnerabilities::Dismissals().add(text);  // before the work is done
  auto statements = read_statements(flags);
  const auto today = std::chrono::floor<std::chrono::days>(wall_clock());
  Opening databases(wanted_databases(flags, session.host()), today, session);
  const auto source = session.access().source(place);
  databases.check();  // before much is read in vain
  vulnerabilities::ScanOptions options;
  if (!flags.platform.empty()) options.platform = layers::Platform::parse(flags.platform);
  options.scratch = session.cache().temporary();
  options.limits = session.limits();
  options.jobs = session.jobs();
  options.stop = session.stop();
  auto scan = vulnerabilities::scan(
      *source, [&]() -> vulnerabilities::Databases& { return databases.wait(); }, options);
  dismiss(flags, today, statements, scan, session);
  for (const auto& platform : scan.platforms)
    for (const auto& warning : platform.warnings) session.reporter().warn(warning);
  if (!flags.sarif.empty())
    write_page(canonical(vulnerabilities::sarif_of(scan, version)) + "\n", flags.sarif);
  if (!flags.openvex.empty())
    write_page(canonical(vulnerabilities::openvex_of(
                   scan, {flags.place, time_text(session), std::string(version)})) +
                   "\n",
               flags.openvex);
  if (flags.json) {
    session.print(canonical(vulnerabilities::to_json(scan, flags.place, databases.wait(), today)) + "\n");
  } else {
    auto text = fmt::format("{}\n{}", escaped(flags.place, false, 1000),
                            vulnerabilities::text_of(databases.wait(), today));
    for (const auto& platform : scan.platforms)
      text += vulnerabilities::text_of(platform, {flags.all, session.color_results()});
    session.print(text);
  }
  judge(flags, scan);
}

}  // namespace

void add_scan(CLI::App& app, const Choose& choose) {
  auto flags = std::make_shared<ScanFlags>();
  auto* command = app.add_subcommand("scan", "Find the known vulnerabilities in an image");
  command->add_option("PLACE", flags->place, "Where the image is")->required();
  command
      ->add_option("--database", flags->databases,
                   "A folder or zip of known vulnerabilities in the OSV format; repeatable")
      ->allow_extra_args(false);
  command->add_option("--platform", flags->platform, "This platform alone");
  command->add_flag("--all", flags->all, "Show also what is not linked in, and what is ignored");
  command->add_flag("--json", flags->json, "As JSON (docs/formats.md)");
  command->add_option("--sarif", flags->sarif, "Write a SARIF file as well");
  command->add_option(
      "--openvex", flags->openvex,
      "Write an OpenVEX file as well: what the image is affected by, and what is not linked in");
  command
      ->add_option("--vex", flags->vex,
                   "An OpenVEX file: what it says does not affect the image does not count; repeatable")
      ->allow_extra_args(false);
  command
      ->add_option(
          "--fail-on", flags->fail_on,
          "From which severity on a vulnerability is an error: any, low, medium, high (the default), "
          "critical or none; an unknown one counts as the worst")
      ->check(CLI::IsMember({"none", "low", "medium", "high", "critical", "any"}));
  command
      ->add_option("--ignore", flags->ignored,
                   "A vulnerability that does not count: ID[,until=YYYY-MM-DD][=REASON]; repeatable")
      ->allow_extra_args(false);
  command->callback([flags, choose] { choose([flags](Session& session) { run_scan(*flags, session); }); });
}

}  // namespace whittle::cli
