#include "optimizer/signature_part.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "evidence/signatures.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"

namespace whittle::optimizer {
namespace {

constexpr std::size_t children_asked =
    32;  // an index with more is not searched for what might be signed instead

std::string signed_children(registry::ImageSource& source, const layers::Index& index,
                            const evidence::PublicKey& key, const std::stop_token& stop) {
  std::string names;
  for (const auto& child : index.manifests)
    if (verify_signatures(source, child.digest, key, stop).good() > 0)
      names += fmt::format("{}{}", names.empty() ? "" : ", ", child.digest.text());
  return names;
}

}  // namespace

std::string check_signature_of(registry::ImageSource& source, const layers::Document& root,
                               const evidence::PublicKey& key, const std::stop_token& stop) {
  const auto found = verify_signatures(source, root.digest, key, stop);
  const bool is_index = layers::media_type::is_index(root.media_type);
  if (found.good() > 0)
    return found.summary() + (is_index ? "; that is the index, and with it what it lists" : "");
  if (is_index) {
    const auto index = layers::parse_index(root, fmt::format("index {}", root.digest.text()));
    const auto children =
        index.manifests.size() <= children_asked ? signed_children(source, index, key, stop) : std::string();
    if (!children.empty())
      throw Error(ErrorKind::unverified,
                  fmt::format("{}; of what this index lists, {} is signed", found.summary(), children));
  }
  found.require_good();
  return {};
}

}  // namespace whittle::optimizer
