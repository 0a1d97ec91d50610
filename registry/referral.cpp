#include "registry/referral.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "layers/manifest.hpp"
#include "layers/media_types.hpp"

namespace whittle::registry {
namespace {

namespace media_type = layers::media_type;

constexpr std::array<std::string_view, 3> attachment_kinds = {".sig", ".att", ".sbom"};

}  // namespace

std::optional<Referral> referral_of(const layers::Document& document, std::string_view what) {
  if (document.bytes.find("subject") == std::string::npos && document.bytes.find("\\u") == std::string::npos)
    return std::nullopt;  // without parsing it, as nearly all are
  Referral referral{document.descriptor(), document.descriptor()};
  const auto take = [&](auto&& parsed, std::string type) -> std::optional<Referral> {
    if (!parsed.subject) return std::nullopt;
    referral.subject = *parsed.subject;
    referral.referrer.annotations = parsed.annotations;
    referral.referrer.artifact_type = std::move(type);
    return referral;
  };
  if (media_type::is_index(document.media_type)) {
    const auto index = layers::parse_index(document, what);
    return take(index, index.artifact_type);
  }
  if (!media_type::is_manifest(document.media_type)) return std::nullopt;
  const auto manifest = layers::parse_manifest(document, what);
  return take(manifest, manifest.artifact_type.empty() ? manifest.config.media_type : manifest.artifact_type);
}

std::string referrers_tag(const Digest& subject) {
  return fmt::format("{}-{}", subject.algorithm_name(), subject.hex().substr(0, 64));
}

std::vector<std::string> attachment_tags(const Digest& subject) {
  std::vector<std::string> tags;
  for (const auto kind : attachment_kinds) tags.push_back(referrers_tag(subject) += kind);
  return tags;
}

bool is_tag_of_digest(std::string_view tag) {
  for (const auto kind : attachment_kinds)
    if (tag.ends_with(kind)) tag.remove_suffix(kind.size());
  if (!tag.starts_with("sha256-") && !tag.starts_with("sha512-")) return false;
  tag.remove_prefix(7);
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return tag.size() == 64 && std::all_of(tag.begin(), tag.end(), is_hex);
}

}  // namespace whittle::registry
