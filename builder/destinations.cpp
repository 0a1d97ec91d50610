#include "builder/destinations.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

using registry::Place;

// The `push` of the spec, or what WHITTLE_PUSH makes of the image's name.
std::vector<std::string> repositories_of(const ImageSpec& spec, const BuildOptions& options) {
  if (!spec.push.empty() || options.push_prefix.empty()) return spec.push;
  return {fmt::format("{}/{}", options.push_prefix, spec.name)};
}

std::vector<std::string> tags_of(const ImageSpec& spec, const BuildOptions& options,
                                 const NamedValues& values) {
  std::vector<std::string> tags;
  for (const auto& tag : options.tags.empty() ? spec.tags : options.tags)
    tags.push_back(expand(tag, values, spec.where));
  for (const auto& tag : tags)
    if (!registry::is_tag(tag))
      throw Error(ErrorKind::spec,
                  fmt::format("{}: {} is not a tag (letters, digits, `_`, `.` and `-`, at most 128)",
                              spec.where.text(), shown(tag)));
  if (tags.empty()) tags.emplace_back("latest");
  return tags;
}

}  // namespace

std::vector<Destination> destinations_of(const ImageSpec& spec, const BuildOptions& options,
                                         const NamedValues& values, bool only_image) {
  std::vector<Destination> destinations;
  if (options.trial) return destinations;
  const auto tags = tags_of(spec, options, values);
  for (const auto& output : options.outputs) {
    if (output.digest)
      throw Error(ErrorKind::usage,
                  fmt::format("{} names a digest; an image is written under a tag", output.text()));
    if (!only_image && output.kind != Place::Kind::layout)
      throw Error(ErrorKind::usage, fmt::format("-o {} is one place for several images", output.text()))
          .hint(
              "build one image at a time, use `push:` in the spec, or -o oci:DIR, which holds them side by "
              "side");
    std::vector<std::string> names = {output.tag};
    if (output.tag.empty() && output.kind == Place::Kind::layout)
      names = {only_image ? tags.front() : spec.name};
    if (output.tag.empty() && output.kind != Place::Kind::layout) names = tags;
    if (!output.tag.empty() && !only_image) names = {fmt::format("{}-{}", spec.name, output.tag)};
    destinations.push_back({output, names,
                            output.kind == Place::Kind::layout && output.tag.empty()
                                ? fmt::format("{}:{}", output.text(), names.front())
                                : output.text()});
  }
  if (options.push) {
    const auto repositories = repositories_of(spec, options);
    if (repositories.empty())
      throw Error(ErrorKind::usage, fmt::format("nothing says where {} is pushed to", spec.name))
          .hint(
              "add `push:` to the image in the spec, set WHITTLE_PUSH to a registry and path, or give -o "
              "PLACE");
    for (const auto& repository : repositories)
      destinations.push_back({Place::parse(repository), tags, repository});
  }
  if (destinations.empty())
    destinations.push_back({Place::parse("local:" + spec.name), tags, "local:" + spec.name});
  return destinations;
}

std::optional<std::string> last_pushed(const ImageSpec& spec, const BuildOptions& options,
                                       const NamedValues& values) {
  const auto repositories = repositories_of(spec, options);
  if (repositories.empty()) return std::nullopt;
  if (spec.tags.empty()) return repositories.front() + ":latest";
  const auto same = std::find_if_not(spec.tags.begin(), spec.tags.end(), has_named_values);
  const auto& tag = same == spec.tags.end() ? spec.tags.front() : *same;
  return fmt::format("{}:{}", repositories.front(), expand(tag, values, spec.where));
}

}  // namespace whittle::builder
