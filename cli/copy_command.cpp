// whittle copy: move an image between places, skipping what is there.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "registry/copy.hpp"
#include "registry/place.hpp"

namespace whittle::cli {
namespace {

struct CopyFlags {
  std::string from;
  std::string to;
  std::vector<std::string> platforms;
};

void run_copy(const CopyFlags& flags, Session& session) {
  const auto from = registry::Place::parse(flags.from);
  const auto to = registry::Place::parse(flags.to);
  if (to.digest)
    throw Error(ErrorKind::usage, fmt::format("{} names a digest; an image is written under a tag", flags.to));
  session.check_streams({from}, {to});
  registry::CopyOptions options;
  options.tags = {!to.tag.empty() ? to.tag : !from.tag.empty() ? from.tag : "latest"};
  for (const auto& platform : flags.platforms) options.platforms.push_back(layers::Platform::parse(platform));
  options.jobs = std::max(session.jobs(), 4U);
  const auto source = session.access().source(from);
  const auto destination = session.access().destination(to);
  const auto result = registry::copy_image(*source, *destination, options, session.reporter(), session.stop());
  session.reporter().note(fmt::format("{} sent in {} blobs, {} mounted, {} were there", human_size(result.bytes_sent),
                                      result.blobs_sent, result.blobs_mounted, result.blobs_present));
  session.print(fmt::format("{}@{}\n", to.text(), result.root.digest.text()));
}

}  // namespace

void add_copy(CLI::App& app, const Choose& choose) {
  auto flags = std::make_shared<CopyFlags>();
  auto* command = app.add_subcommand("copy", "Copy an image between places");
  command->add_option("FROM", flags->from, "Where the image is")->required();
  command->add_option("TO", flags->to, "Where it goes")->required();
  command->add_option("--platform", flags->platforms, "Only this platform of an index; repeatable")->delimiter(',');
  command->callback([flags, choose] { choose([flags](Session& session) { run_copy(*flags, session); }); });
}

}  // namespace whittle::cli
