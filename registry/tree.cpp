#include "registry/tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "common/ascii.hpp"
#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "registry/url.hpp"

namespace whittle::registry {
namespace {

namespace media_type = layers::media_type;

class TreeReader {
 public:
  TreeReader(ImageSource& from, unsigned jobs, const std::stop_token& stop)
      : from_(from), jobs_(jobs), stop_(stop) {}

  ImageTree read(layers::Document root) {
    std::vector<Digest> level{root.digest};
    documents_.emplace(root.digest, std::move(root));
    for (unsigned depth = 0; !level.empty(); ++depth) {
      if (depth > index_depth_limit)
        throw Error(ErrorKind::limit,
                    fmt::format("indexes are nested deeper than the limit of {}", index_depth_limit));
      std::vector<layers::Descriptor> children;
      for (const auto& digest : level) {
        deepest_[digest] = depth;
        expand(documents_.at(digest), children);
      }
      level = fetch(children);
    }
    return assemble();
  }

 private:
  std::string naming(const layers::Document& document) const {
    return fmt::format("manifest {} of {}", document.digest.text(), from_.describe());
  }

  // Collects what a document refers to: documents into `children`, blobs into the tree.
  void expand(const layers::Document& document, std::vector<layers::Descriptor>& children) {
    if (media_type::is_index(document.media_type)) {
      const auto index = layers::parse_index(document, naming(document));
      children.insert(children.end(), index.manifests.begin(), index.manifests.end());
    } else if (media_type::is_manifest(document.media_type)) {
      const auto manifest = layers::parse_manifest(document, naming(document));
      add_blob(manifest.config, document);
      for (const auto& layer : manifest.layers) add_blob(layer, document);
    }
  }

  void add_blob(const layers::Descriptor& blob, const layers::Document& in) {
    const auto [slot, added] = blobs_.emplace(blob.digest, blob);
    if (!added && slot->second.size != blob.size)
      throw Error(ErrorKind::integrity,
                  fmt::format("{} states {} bytes for {}, elsewhere it has {}", naming(in), blob.size,
                              blob.digest.text(), slot->second.size));
    if (!added && slot->second.media_type != blob.media_type && retyped_.insert(blob.digest).second)
      warnings_.push_back(fmt::format("{} states type {} for {}, elsewhere it is {}", naming(in),
                                      shown(blob.media_type), blob.digest.text(),
                                      shown(slot->second.media_type)));
  }

  // Fetches the documents that are not there yet; returns the digests of all of them, each once.
  std::vector<Digest> fetch(const std::vector<layers::Descriptor>& children) {
    std::vector<Digest> level;
    std::vector<layers::Descriptor> missing;
    std::set<Digest> seen;
    for (const auto& child : children) {
      if (!seen.insert(child.digest).second) continue;
      level.push_back(child.digest);
      if (!documents_.contains(child.digest)) missing.push_back(child);
    }
    if (documents_.size() + missing.size() > documents_limit)
      throw Error(ErrorKind::limit, fmt::format("{} has more than the limit of {} manifests",
                                                from_.describe(), documents_limit));
    std::vector<std::optional<layers::Document>> fetched(missing.size());
    parallel_for(missing.size(), jobs_, stop_, [&](std::size_t i) {
      in_context(
          [&] {
            return fmt::format("reading the manifest {} that an index names", missing[i].digest.text());
          },
          [&] { fetched[i] = from_.manifest(missing[i]); });
    });
    for (auto& document : fetched) documents_.emplace(document->digest, std::move(*document));
    return level;
  }

  ImageTree assemble() {
    ImageTree tree;
    tree.warnings = std::move(warnings_);
    for (const auto& [digest, depth] : deepest_) {
      if (tree.levels.size() <= depth) tree.levels.resize(depth + 1);
      tree.levels[depth].push_back(documents_.at(digest));
    }
    for (auto& [digest, blob] : blobs_) tree.blobs.push_back(blob);
    std::stable_sort(tree.blobs.begin(), tree.blobs.end(),
                     [](const auto& a, const auto& b) { return a.size > b.size; });
    return tree;
  }

  ImageSource& from_;
  unsigned jobs_;
  std::stop_token stop_;
  std::map<Digest, layers::Document> documents_;
  std::map<Digest, unsigned> deepest_;
  std::map<Digest, layers::Descriptor> blobs_;
  std::set<Digest> retyped_;
  std::vector<std::string> warnings_;
};

}  // namespace

std::string bare_type(std::string_view stated) {
  const auto end = stated.find(';');
  auto type = lower_case(stated.substr(0, end));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.pop_back();
  while (!type.empty() && (type.front() == ' ' || type.front() == '\t')) type.erase(0, 1);
  return type;
}

ImageTree read_tree(ImageSource& from, layers::Document root, unsigned jobs, const std::stop_token& stop) {
  return TreeReader(from, jobs, stop).read(std::move(root));
}

layers::Document settled_document(std::string_view stated, std::string bytes, const Digest& digest,
                                  std::string_view what) {
  auto type = bare_type(stated);
  const bool carried = type.starts_with("application/vnd.") && !media_type::is_index(type) &&
                       !media_type::is_manifest(type) &&
                       !type.starts_with("application/vnd.docker.distribution.manifest");
  if (!carried) type = layers::settle_media_type(stated, bytes, what);
  return {std::move(type), std::move(bytes), digest};
}

}  // namespace whittle::registry
