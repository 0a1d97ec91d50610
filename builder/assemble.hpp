// Puts one platform's image together: layers from trees, config from base and spec, manifest with
// annotations.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "builder/base_image.hpp"
#include "builder/built_image.hpp"
#include "builder/cache.hpp"
#include "builder/file_states.hpp"
#include "builder/member_index.hpp"
#include "builder/spec.hpp"
#include "common/report.hpp"
#include "layers/file_tree.hpp"
#include "layers/layer_writer.hpp"
#include "registry/layout.hpp"

namespace whittle::builder {

struct AssembledLayer {
  std::string what;  // "files" or "binaries"
  layers::Layer layer;
  bool written = false;                              // in this run
  std::shared_ptr<registry::ImageSource> from = {};  // where its bytes are; none: in the store
};

// Everything that decides the bytes of one platform's image.
struct ImagePlan {
  const ImageSpec* spec = nullptr;
  layers::Platform platform;
  const BaseImage* base = nullptr;                 // none: scratch
  layers::FileTree files = {};                     // passwd, group and the spec's `files`
  std::optional<AssembledLayer> binaries = {};     // made before: as soon as they were compiled
  std::map<std::string, std::string> labels = {};  // expanded
  std::map<std::string, std::string> annotations =
      {};                                        // expanded, with whittle's own; the base's are added here
  std::optional<std::uint64_t> soft_limit = {};  // bytes: GOMEMLIMIT, where `memory` sets it
  std::int64_t epoch = 0;                        // seconds; the time of every entry and of `created`
};

struct AssembledImage {
  layers::Descriptor manifest;
  std::vector<AssembledLayer> layers = {};  // own ones, without the base's
  std::uint64_t size = 0;                   // compressed bytes of all layers
};

class Assembler {
 public:
  // Borrows everything.
  Assembler(Cache& cache, registry::Layout& store, FileStates& states, MemberIndexes& members,
            unsigned threads, Reporter& reporter, std::stop_token stop)
      : cache_(cache),
        store_(store),
        states_(states),
        members_(members),
        threads_(threads),
        reporter_(reporter),
        stop_(std::move(stop)) {}

  // The layer of `tree` as the plan's image has it, from the store if it is there already.
  AssembledLayer layer_of(std::string what, const layers::FileTree& tree, const ImagePlan& plan);

  // A layer whose tree costs something to make: `content` names all that decides it.
  struct LazyLayer {
    std::string what;
    std::string label;  // for the reporter
    Digest content;
    layers::Compression compression;
    std::int64_t epoch = 0;
    std::function<layers::FileTree()> make;
  };
  AssembledLayer layer_of(const LazyLayer& wanted);

  // A layer that another machine made of what has that key: it need not be made here.
  void offer(const Digest& key, AssembledLayer layer);
  // Whether the layer of `tree` need not be made.
  bool has(const layers::FileTree& tree, const ImagePlan& plan);
  // Every layer that was given out, by the digest of its blob, with its key.
  const std::map<Digest, std::pair<Digest, AssembledLayer>>& given() const { return given_; }
  // The same layer, made by somebody else and to be had from there: the one of the store, if it is there
  // already.
  AssembledLayer layer_from(std::string what, const layers::FileTree& tree, const ImagePlan& plan,
                            const layers::Layer& made, std::shared_ptr<registry::ImageSource> from);

  // Adds config and manifest to `image` and returns the manifest's descriptor. Layers go to the store, unless
  // they are there already.
  AssembledImage assemble(const ImagePlan& plan, BuiltImage& image);
  // Compression::identity(), which costs a compression, asked for once.
  const std::string& identity_of(const layers::Compression& compression);

 private:
  Digest key_of(const Digest& content, const layers::Compression& compression, std::int64_t epoch);
  AssembledLayer write(const Digest& key, const std::string& what, const std::string& label,
                       const layers::FileTree& tree, const layers::Compression& compression,
                       std::int64_t epoch);
  AssembledLayer give(const Digest& key, AssembledLayer layer);
  void remember(const Digest& key, const layers::Layer& layer);
  std::optional<AssembledLayer> remembered(const Digest& key, const std::string& what);
  std::optional<AssembledLayer> stored(const Digest& key, const std::string& what);

  Cache& cache_;
  registry::Layout& store_;
  FileStates& states_;
  MemberIndexes& members_;
  unsigned threads_;
  Reporter& reporter_;
  std::stop_token stop_;
  std::map<layers::Compression, std::string> identities_ = {};
  std::map<Digest, AssembledLayer> offered_ = {};  // by key
  std::map<Digest, std::pair<Digest, AssembledLayer>> given_ = {};
};

// The variable that programs are searched by, in every image of whittle's own making.
inline constexpr std::string_view default_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// The bytes of a manifest or config, unless they are more than registries take: Error(spec_limit) (hostile
// 21).
layers::Document checked_size(layers::Document document, std::string_view what);

// How the image is run: the base's execution with what the spec says in its place, as FROM and the
// instructions after it would do.
layers::Execution execution_of(const ImageSpec& spec, const layers::Execution& base,
                               const std::map<std::string, std::string>& labels, bool has_base);

// /etc/passwd and /etc/group for an image on scratch: root, nobody, nonroot, and the user when it is another
// number.
void add_user_files(const ImageSpec& spec, layers::FileTree& tree);

// RFC 3339, UTC.
std::string timestamp(std::int64_t epoch);

}  // namespace whittle::builder
