#include "optimizer/size_check.hpp"

#include <fmt/format.h>

#include <memory>

#include "common/json.hpp"
#include "common/text.hpp"
#include "optimizer/size_text.hpp"

namespace whittle::optimizer {
namespace {

constexpr std::string_view sizes_version = "sizes 1";  // of what is counted, and as what
constexpr std::size_t most_nodes = 500'000;  // no package of an image with a hundred programs is too small
constexpr std::size_t largest_entry = 900U << 10U;  // of the cache's index

bool needs_network(const registry::Place& place) {
  return place.kind == registry::Place::Kind::registry || place.kind == registry::Place::Kind::docker_daemon;
}

// The image to compare with; nothing when no one knows where it is. Error(usage) for a place that is none.
std::optional<registry::Place> place_of(const builder::FinishedImage& image,
                                        const SizeCheckOptions& options) {
  if (options.against) return options.against;
  if (image.last_pushed) return registry::Place::parse(*image.last_pushed);
  return std::nullopt;
}

}  // namespace

ComparedImage SizeCheck::examine(const builder::FinishedImage& image) {
  ComparedImage compared{image.spec.name};
  for (const auto& built : image.result.platforms) {
    auto& platform = compared.platforms.emplace_back();
    platform.platform = built.platform;
    platform.now = sizes_now(image, built.image.manifest, built.platform);
    platform.limits = states_of(image.spec.limits, platform.now);
    warn_of_absent(image.spec.name, platform);
  }
  if (options_.compare || compared.is_broken()) compare(image, compared);
  return compared;
}

// Of limits that do not ask for programs, the manifest tells all.
ImageSizes SizeCheck::sizes_now(const builder::FinishedImage& image, const layers::Descriptor& manifest,
                                const layers::Platform& platform) {
  if (!need_programs(image.spec.limits)) return read(image.source, platform, InspectOptions::Layers::none);
  const auto key = KeyHasher().add(sizes_version).add(options_.version).add(manifest.digest.text()).finish();
  try {
    if (const auto known = cache_.get("sizes", key))
      return sizes_from_json(parse_json(*known, "a cache entry"));
  } catch (const std::exception&) {
    // an entry that cannot be read is a miss
  }
  auto sizes = read(image.source, platform, InspectOptions::Layers::own);
  if (const auto entry = canonical(to_json(sizes)); entry.size() <= largest_entry)
    cache_.put("sizes", key, entry);
  return sizes;
}

ImageSizes SizeCheck::read(registry::ImageSource& source, const layers::Platform& platform,
                           InspectOptions::Layers layers) {
  std::unique_ptr<Task> task;
  if (layers != InspectOptions::Layers::none)
    task = reporter_.start(
        fmt::format("sizes in {} ({})", escaped(source.describe(), false, 1000), platform.text()), 0);
  InspectOptions reading;
  reading.layers = layers;
  reading.detail = attribution::Detail::packages;
  reading.platform = platform;
  reading.scratch = options_.scratch;
  reading.most_nodes = most_nodes;
  reading.jobs = options_.jobs;
  reading.limits = options_.limits;
  reading.stop = stop_;
  const auto inspection = inspect(source, reading);
  if (task) task->done("read");
  return sizes_of(inspection.platforms.at(0));
}

void SizeCheck::warn_of_absent(const std::string& image, const ComparedPlatform& platform) {
  for (const auto& state : platform.limits)
    if (!state.bytes && state.part != LimitState::Part::layer)
      reporter_.warn(fmt::format("{}: {} has no {} on {}: its limit has no effect", state.limit.where.text(),
                                 image, description_of(state), platform.platform.text()));
}

void SizeCheck::compare(const builder::FinishedImage& image, ComparedImage& compared) {
  try {
    const auto place = place_of(image, options_);
    if (place) compared.against = place->text();
    compared.not_read = read_before(place, compared);
    for (auto& platform : compared.platforms)  // with files, which the cache does not have
      if (platform.before) platform.now = read(image.source, platform.platform, InspectOptions::Layers::own);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    compared.not_read = error.message();
  }
  try {
    for (auto& platform : compared.platforms) platform.imports = image.imports(platform.platform);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    reporter_.warn(fmt::format("which imports bring in what is not known: {}", error.message()));
  }
}

// Why nothing could be read, for people; empty when something was.
std::string SizeCheck::read_before(const std::optional<registry::Place>& place, ComparedImage& compared) {
  if (!place) return fmt::format("{} has no `push` in the spec; --against names an image", compared.name);
  if (options_.offline && needs_network(*place))
    return fmt::format("{} is not asked for: --offline", escaped(compared.against, false, 1000));
  const auto source = access_.source(*place);
  try {
    static_cast<void>(source->root());
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    return fmt::format("nothing was pushed to {} yet", escaped(compared.against, false, 1000));
  }
  std::string why;
  for (auto& platform : compared.platforms) {
    try {
      platform.before = read(*source, platform.platform, InspectOptions::Layers::own);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found) throw;
      why = fmt::format("{} is not there for {}", escaped(compared.against, false, 1000),
                        platform.platform.text());
    }
  }
  return why;
}

std::optional<Error> broken_limits(const std::vector<ComparedImage>& images) {
  std::string text;
  std::vector<std::string> names;
  for (const auto& image : images) {
    if (!image.is_broken()) continue;
    names.push_back(image.name);
    if (images.size() > 1) text += fmt::format("\n  {}", image.name);
    text += text_of(image);
  }
  if (names.empty()) return std::nullopt;
  const auto what = names.size() == 1 ? fmt::format("the image {} is", names.front())
                                      : fmt::format("{} images are", names.size());
  Error error(ErrorKind::budget,
              fmt::format("{} larger than `limits` allow; nothing was written{}", what, text));
  error.hint("make it smaller or raise the limit; `--ignore-limits` builds it as it is");
  return error;
}

}  // namespace whittle::optimizer
