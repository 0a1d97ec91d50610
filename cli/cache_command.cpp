// whittle cache: what the cache holds, and making it smaller.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "builder/cache.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "common/json.hpp"
#include "common/text.hpp"

namespace whittle::cli {
namespace {

void run_status(bool json, Session& session) {
  const auto folder = session.cache_folder();
  const auto usage = builder::Cache::usage(folder);
  Json parts = Json::object();
  std::string text = fmt::format("{}\n", escaped(folder.native(), false, 4096));
  std::uint64_t total = 0;
  for (const auto& [name, part] : usage) {
    parts[name] = {{"files", part.files}, {"bytes", part.bytes}};
    text += fmt::format("  {:<14} {:>10} {:>8} files\n", name, human_size(part.bytes), part.files);
    total += part.bytes;
  }
  text += fmt::format("  {:<14} {:>10}\n", "in all", human_size(total));
  if (json)
    text = canonical({{"schemaVersion", 1},
                      {"folder", as_utf8(folder.native())},
                      {"parts", parts},
                      {"bytes", total}}) +
           "\n";
  session.print(text);
}

void run_gc(std::uint64_t keep, Session& session) {
  const auto result = builder::Cache::collect(session.cache_folder(), keep, session.reporter());
  session.print(fmt::format("removed {} files, {}; {} remain\n", result.files, human_size(result.bytes),
                            human_size(result.kept_bytes)));
}

}  // namespace

void add_cache(CLI::App& app, const Choose& choose) {
  auto* cache = app.add_subcommand("cache", "Look at the cache, or make it smaller");
  cache->require_subcommand(1);
  auto json = std::make_shared<bool>(false);
  auto* status = cache->add_subcommand("status", "Show what the cache holds");
  status->add_flag("--json", *json, "As JSON (docs/formats.md)");
  status->callback([json, choose] { choose([json](Session& session) { run_status(*json, session); }); });
  auto keep = std::make_shared<std::uint64_t>(10'000'000'000);
  auto* gc = cache->add_subcommand("gc", "Remove what was not used for longest");
  gc->add_option("--keep", *keep,
                 "Bytes to keep, e.g. 2GB (default 10GB); 0 removes all but the images of local:")
      ->transform(CLI::AsSizeValue(true));
  gc->callback([keep, choose] { choose([keep](Session& session) { run_gc(*keep, session); }); });
}

}  // namespace whittle::cli
