#include "cli/shard_flags.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "builder/git.hpp"
#include "builder/joined_images.hpp"
#include "common/ascii.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "registry/copy.hpp"

namespace whittle::cli {
namespace {

// How many shards there are, from both flags.
unsigned count_of(const ShardFlags& flags, const std::optional<builder::Shard>& shard) {
  if (shard && (flags.join.empty() || flags.join == "true")) return shard->count;
  const auto count = whole_number<unsigned>(flags.join);
  if (!count || *count < 1 || *count > builder::Shard::most)
    throw Error(ErrorKind::usage, "nothing says how many shards are to be joined")
        .hint("write --join=COUNT, or --join beside --shard NUMBER/COUNT");
  if (shard && *count != shard->count)
    throw Error(ErrorKind::usage, fmt::format("--shard {} is one of {}, and --join={} is of others",
                                              shard->text(), shard->count, *count));
  return *count;
}

std::uint64_t cost_of(const builder::BuildResult& result) {
  std::uint64_t bytes = 0;
  for (const auto& platform : result.platforms)
    for (const auto& layer : platform.image.layers)
      if (layer.what == "binaries") bytes += layer.layer.uncompressed_size;
  return bytes;
}

}  // namespace

void add_shard_flags(CLI::App& command, ShardFlags& flags) {
  command.add_option("--shard", flags.shard, "Build one part of the images alone, NUMBER/COUNT: 2/5");
  command.add_flag("--join{true}", flags.join,
                   "Put the parts together once all shards are done; alone, nothing is built: --join=COUNT");
  command.add_option("--run", flags.run, "Which build the parts belong to (default: the commit)");
  command.add_option("--index", flags.index, "Where --join puts one index over all images");
}

Fleet::Fleet(const ShardFlags& flags, const builder::Spec& spec,
             const std::optional<builder::SharedCacheOptions>& cache, Session& session)
    : flags_(flags), spec_(spec), session_(session) {
  if (!flags.shard.empty()) shard_ = builder::Shard::parse(flags.shard);
  if (flags.join.empty() && !flags.index.empty())
    throw Error(ErrorKind::usage, "--index is for what --join puts together");
  if (!shard_ && flags.join.empty()) return;
  count_ = count_of(flags, shard_);
  for (const auto& image : spec.images) names_.push_back(image.name);
  if (cache) {
    writes_ = cache->write;
    board_.emplace(*cache, session.access(), session.reporter(), session.stop());
  } else if (!flags.join.empty()) {
    throw Error(ErrorKind::usage, "there is nowhere that shards could tell one another what they have built")
        .hint("name a shared cache: --cache PLACE, or `cache:` in the spec");
  }
}

Digest Fleet::run() const {
  auto name = flags_.run;
  if (name.empty()) {
    const auto checkout = builder::GitCheckout::find(spec_.folder);
    name = checkout ? checkout->head().value_or("") : "";
  }
  if (name.empty())
    throw Error(ErrorKind::usage, "nothing says which build the shards belong to")
        .hint("add --run with the same text for all of them, e.g. the number of the pipeline");
  return KeyHasher().add("run 1").add(name).add(spec_.digest.text()).finish();
}

std::vector<std::string> Fleet::part() {
  if (!shard_) return names_;
  const auto costs = board_ ? board_->costs() : builder::Costs();
  const auto shards = builder::split(names_, costs, shard_->count);
  std::vector<std::string> names;
  for (const auto& name : names_)
    if (shards.at(name) == shard_->number) names.push_back(name);
  session_.reporter().note(
      fmt::format("shard {}: {} of {} images", shard_->text(), names.size(), names_.size()));
  return names;
}

void Fleet::report(const std::vector<builder::BuildResult>& results,
                   const std::vector<std::string>& unaffected) {
  if (!shard_ || !board_) return;
  if (!writes_) {
    session_.reporter().note(
        fmt::format("shard {} tells nobody what it has built: without --cache-write the cache is only read",
                    shard_->text()));
    return;
  }
  builder::ShardReport report{run(), *shard_, {}, unaffected};
  for (const auto& result : results)
    report.images.push_back({result.image, result.root, result.places, cost_of(result)});
  in_context([&] { return fmt::format("reporting what shard {} has built", shard_->text()); },
             [&] { board_->put(std::move(report)); });
}

std::optional<Fleet::Joined> Fleet::join() {
  if (flags_.join.empty()) return std::nullopt;
  std::vector<builder::ShardReport> reports;
  std::vector<unsigned> open;
  for (unsigned number = 1; number <= count_; ++number) {
    auto report = board_->report_of(run(), number);
    if (report && report->shard.count == count_)
      reports.push_back(std::move(*report));
    else
      open.push_back(number);
  }
  if (!open.empty()) {
    const auto text = fmt::format("of {} shards, {} {} not finished", count_, fmt::join(open, ", "),
                                  open.size() == 1 ? "has" : "have");
    if (flags_.shard.empty())
      throw Error(ErrorKind::not_found, text).hint("run what is missing, then --join again");
    session_.reporter().note(fmt::format("{}; whoever is last joins", text));
    return std::nullopt;
  }
  const auto all = builder::joined(reports, names_);
  Joined joined{all.images, all.unaffected, {}};
  if (!flags_.index.empty()) {
    const auto place = registry::Place::parse(flags_.index);
    builder::JoinedIndex index(all.images, session_.access());
    const auto destination = session_.access().destination(place);
    registry::CopyOptions copy;
    copy.tags = {place.tag.empty() ? "latest" : place.tag};
    const auto result = in_context(
        [&] { return fmt::format("writing the index of all images to {}", place.text()); },
        [&] {
          return registry::copy_image(index, *destination, copy, session_.reporter(), session_.stop());
        });
    joined.index = fmt::format("{}@{}", place.text(), result.root.digest.text());
  }
  if (writes_) board_->put_costs(all.costs());
  return joined;
}

}  // namespace whittle::cli
