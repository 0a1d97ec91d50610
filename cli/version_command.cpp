// whittle version: this program's version, and what decides the bytes it writes.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "cli/version.hpp"
#include "common/json.hpp"
#include "layers/compression.hpp"
#include "layers/layer_writer.hpp"

namespace whittle::cli {
namespace {

void run_version(bool json, Session& session) {
  using layers::Compression;
  const std::string gzip = Compression{Compression::Format::gzip}.identity();
  const std::string zstd = Compression{Compression::Format::zstd}.identity();
  if (json) {
    session.print(canonical({{"schemaVersion", 1},
                             {"version", version},
                             {"tar", layers::tar_identity()},
                             {"gzip", gzip},
                             {"zstd", zstd}}) +
                  "\n");
    return;
  }
  session.print(
      fmt::format("whittle {}\ntar   {}\ngzip  {}\nzstd  {}\n", version, layers::tar_identity(), gzip, zstd));
}

}  // namespace

void add_version(CLI::App& app, const Choose& choose) {
  auto json = std::make_shared<bool>(false);
  auto* command = app.add_subcommand("version", "Print the version and the identity of the compressors");
  command->add_flag("--json", *json, "As JSON (docs/formats.md)");
  command->callback([json, choose] { choose([json](Session& session) { run_version(*json, session); }); });
}

}  // namespace whittle::cli
