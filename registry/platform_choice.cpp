#include "registry/platform_choice.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string>

#include "common/error.hpp"
#include "common/json.hpp"
#include "common/text.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "registry/tree.hpp"

namespace whittle::registry {
namespace {

namespace media_type = layers::media_type;

// The manifest that an attestation is about, as BuildKit notes it.
constexpr std::string_view attested_digest = "vnd.docker.reference.digest";

bool is_attestation(const layers::Descriptor& child) {
  return child.platform && child.platform->os == "unknown" && child.platform->architecture == "unknown";
}

[[noreturn]] void absent_platform(const layers::Platform& wanted, const std::vector<std::string>& present,
                                  const ImageSource& from) {
  Error error(ErrorKind::not_found, fmt::format("{} has no image for {}", from.describe(), wanted.text()));
  error.hint(present.empty() ? std::string("it names no platform at all")
                             : fmt::format("it has: {}", escaped(fmt::format("{}", fmt::join(present, ", ")),
                                                                 false, 1000)));
  throw error;
}

// The children that are images, those of nested indexes included.
void collect(ImageSource& from, const layers::Document& document, unsigned depth,
             std::vector<layers::Descriptor>& children) {
  if (depth >= index_depth_limit)
    throw Error(ErrorKind::limit,
                fmt::format("indexes are nested deeper than the limit of {}", index_depth_limit));
  const auto what = fmt::format("index {} of {}", document.digest.text(), from.describe());
  for (const auto& child : layers::parse_index(document, what).manifests) {
    if (media_type::is_index(child.media_type))
      collect(from, from.manifest(child), depth + 1, children);
    else
      children.push_back(child);
    if (children.size() > documents_limit)
      throw Error(ErrorKind::limit, fmt::format("{} has more than the limit of {} manifests", from.describe(),
                                                documents_limit));
  }
}

// The platform that a single image states in its configuration.
layers::Platform platform_of(ImageSource& from, const layers::Document& root) {
  const auto what = fmt::format("manifest {} of {}", root.digest.text(), from.describe());
  const auto manifest = layers::parse_manifest(root, what);
  const auto named = fmt::format("the configuration {}", manifest.config.digest.text());
  const auto source = from.open_blob(manifest.config);
  const auto json = parse_json(read_all(*source, JsonLimits().bytes, named), named);
  const auto text = [&](const char* field) {
    const auto found = json.is_object() ? json.find(field) : json.end();
    return json.is_object() && found != json.end() && found->is_string() ? found->get<std::string>()
                                                                         : std::string();
  };
  return layers::Platform::normal(text("os"), text("architecture"), text("variant"));
}

layers::Document index_of(const layers::Document& root, const std::vector<layers::Descriptor>& children,
                          const std::set<Digest>& chosen, ImageSource& from) {
  auto index = layers::parse_index(root, fmt::format("index {} of {}", root.digest.text(), from.describe()));
  std::vector<layers::Descriptor> kept;
  for (const auto& child : children) {
    const auto attested = child.annotations.find(std::string(attested_digest));
    const bool attests = is_attestation(child) && attested != child.annotations.end() &&
                         std::any_of(chosen.begin(), chosen.end(),
                                     [&](const Digest& digest) { return digest.text() == attested->second; });
    if (chosen.contains(child.digest) || attests) kept.push_back(child);
  }
  // Untouched bytes keep their digest, and fields that are not known here.
  const auto same = [](const auto& a, const auto& b) { return a.digest == b.digest; };
  if (std::equal(kept.begin(), kept.end(), index.manifests.begin(), index.manifests.end(), same)) return root;
  index.manifests = std::move(kept);
  return layers::write_index(index);
}

}  // namespace

layers::Document choose_platforms(ImageSource& from, layers::Document root,
                                  const std::vector<layers::Platform>& wanted) {
  if (wanted.empty()) return root;
  if (!media_type::is_index(root.media_type)) {
    const auto platform = platform_of(from, root);
    for (const auto& one : wanted)
      if (!platform.matches(one)) absent_platform(one, {platform.text()}, from);
    return root;
  }
  std::vector<layers::Descriptor> children;
  collect(from, root, 0, children);
  std::vector<std::string> present;
  for (const auto& child : children)
    if (child.platform && !is_attestation(child)) present.push_back(child.platform->text());
  std::set<Digest> chosen;
  const layers::Descriptor* last = nullptr;
  for (const auto& one : wanted) {
    const auto fits = [&](const auto& child) {
      return child.platform && !is_attestation(child) && child.platform->matches(one);
    };
    const auto found = std::find_if(children.begin(), children.end(), fits);
    if (found == children.end()) absent_platform(one, present, from);
    chosen.insert(found->digest);
    last = &*found;
  }
  if (wanted.size() == 1) return from.manifest(*last);
  return index_of(root, children, chosen, from);
}

}  // namespace whittle::registry
