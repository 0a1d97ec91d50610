#include "tests/support/image_validator.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "common/error.hpp"
#include "common/text.hpp"
#include "layers/compression.hpp"
#include "layers/config.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "tests/support/chunked_walker.hpp"
#include "tests/support/estargz_walker.hpp"
#include "tests/support/json_walker.hpp"
#include "tests/support/member_walker.hpp"
#include "tests/support/tar_walker.hpp"

namespace whittle::test {
namespace {

using layers::Descriptor;
using layers::Document;
namespace media_type = layers::media_type;

constexpr std::size_t largest_document = 4U << 20U;

// Passes bytes on while they are hashed, so that the blob and its content are read in one pass.
class HashingSource final : public ByteSource {
 public:
  HashingSource(ByteSource& inner, Hasher& hasher, std::uint64_t& size)
      : inner_(inner), hasher_(hasher), size_(size) {}
  std::size_t read(MutableBytes buffer) override {
    const std::size_t count = inner_.read(buffer);
    hasher_.write(Bytes(buffer).first(count));
    size_ += count;
    return count;
  }

 private:
  ByteSource& inner_;
  Hasher& hasher_;
  std::uint64_t& size_;
};

bool type_fits(std::string_view type, std::string_view start) {
  const bool gzip = type.find("gzip") != std::string_view::npos;
  const bool zstd = type.find("zstd") != std::string_view::npos;
  return gzip == start.starts_with("\x1f\x8b") && zstd == start.starts_with("\x28\xb5\x2f\xfd");
}

class Validator {
 public:
  Validator(registry::ImageSource& source, const ValidatorOptions& options)
      : source_(source), options_(options) {}

  std::vector<std::string> run() {
    guarded("root", [&] {
      const Document root = source_.root();
      document(root, root.descriptor(), 0, {});
    });
    return std::move(found_);
  }

 private:
  void complain(std::string_view where, std::string_view why) {
    found_.push_back(fmt::format("{}: {}", where, why));
  }
  template <class Work>
  void guarded(std::string_view where, const Work& work) {
    try {
      work();
    } catch (const Error& error) {
      complain(where, error.message());
    }
  }
  bool ours(const Digest& digest) const {
    return !options_.all_foreign && options_.foreign.count(digest) == 0;
  }

  void bytes(const std::string& text, const Descriptor& stated, const std::string& where) {
    if (text.size() != stated.size)
      complain(where, fmt::format("has {} bytes, not {}", text.size(), stated.size));
    Hasher hasher(stated.digest.algorithm());
    hasher.write(text);
    if (hasher.finish() != stated.digest) complain(where, "does not have its digest");
    if (!ours(stated.digest)) return;
    if (text.size() > largest_document) complain(where, "is larger than 4 MiB");
    guarded(where, [&] {
      parse_json(text, where);
      for (const auto& violation : json_violations(text))
        complain(where, "is not canonical JSON: " + violation);
    });
  }

  void document(const Document& document, const Descriptor& stated, int depth, std::string where) {
    where += fmt::format("{} {}", media_type::is_index(stated.media_type) ? "index" : "manifest",
                         stated.digest.short_hex());
    bytes(document.bytes, stated, where);
    if (document.media_type != stated.media_type) complain(where, "does not have its media type");
    if (depth > 8) return complain(where, "is nested too deeply");
    guarded(where, [&] {
      if (media_type::is_index(document.media_type))
        index(document, depth, where);
      else
        manifest(document, stated, where);
    });
  }

  void index(const Document& document, int depth, const std::string& where) {
    std::set<std::string> platforms;
    for (const Descriptor& child : layers::parse_index(document, where).manifests) {
      const std::string platform = child.platform ? child.platform->text() : "";
      if (platform != "unknown/unknown" && !platforms.insert(platform).second)
        complain(where, fmt::format("has two children for platform {}", shown(platform)));
      guarded(where, [&] { this->document(source_.manifest(child), child, depth + 1, where + ": "); });
    }
  }

  void manifest(const Document& document, const Descriptor& stated, const std::string& where) {
    const layers::Manifest manifest = layers::parse_manifest(document, where);
    if (!media_type::is_config(manifest.config.media_type)) return artifact(manifest, where);
    const std::string config_name = where + ": config";
    const auto config_source = source_.open_blob(manifest.config);
    const std::string text = read_all(*config_source, largest_document, config_name);
    bytes(text, manifest.config, config_name);
    const layers::ImageConfig config = layers::parse_config(text, config_name);
    if (stated.platform && *stated.platform != config.platform)
      complain(where, fmt::format("is listed for {} but made for {}", stated.platform->text(),
                                  config.platform.text()));
    if (config.diff_ids.size() != manifest.layers.size())
      return complain(where, fmt::format("has {} layers but {} diff_ids", manifest.layers.size(),
                                         config.diff_ids.size()));
    if (ours(manifest.config.digest) && config.history.empty() && !config.diff_ids.empty())
      complain(config_name, "has no history");
    for (std::size_t i = 0; i < manifest.layers.size(); ++i) {
      const std::string name = fmt::format("{}: layer {}", where, i);
      guarded(name, [&] { layer(manifest.layers[i], config.diff_ids[i], config.created, name); });
    }
  }

  // Signatures, SBOMs and the like: only digests and sizes are known.
  void artifact(const layers::Manifest& manifest, const std::string& where) {
    std::vector<Descriptor> blobs = manifest.layers;
    blobs.push_back(manifest.config);
    for (const Descriptor& descriptor : blobs) {
      const std::string name = fmt::format("{}: blob {}", where, descriptor.digest.short_hex());
      guarded(name, [&] { pump_verified(descriptor); });
    }
  }
  void pump_verified(const Descriptor& descriptor) {
    VerifiedSource blob(source_.open_blob(descriptor), descriptor.digest, descriptor.size, "it");
    CountingSink sink;
    pump(blob, sink);
  }

  void layer(const Descriptor& stated, const Digest& diff_id, const std::string& created,
             const std::string& where) {
    pump_verified(stated);
    char start[4] = {};
    const auto first = source_.open_blob(stated)->read(std::as_writable_bytes(std::span(start)));
    if (ours(stated.digest) && !type_fits(stated.media_type, {start, first}))
      complain(where, fmt::format("is not what its media type {} says", stated.media_type));
    const auto content = layers::decompress(source_.open_blob(stated), "it");
    Hasher hasher(diff_id.algorithm());
    std::uint64_t size = 0;
    HashingSource hashing(*content, hasher, size);
    if (ours(stated.digest)) {
      tar(hashing, created, where);
      const OpenSource open = [this, &stated] { return source_.open_blob(stated); };
      const auto found =
          is_chunked(open) ? chunked_violations(open, stated.annotations) : member_violations(open);
      for (const auto& violation : found) complain(where, violation);
      const auto annotation = stated.annotations.find("containerd.io/snapshot/stargz/toc.digest");
      if (estargz_index_digest_of(open) != (annotation == stated.annotations.end() ? "" : annotation->second))
        complain(where, "its annotation has not the digest of its index");
    }
    CountingSink rest;
    pump(hashing, rest);
    if (hasher.finish() != diff_id) complain(where, "does not have its diffID");
  }

  void tar(ByteSource& content, const std::string& created, const std::string& where) {
    const TarListing listing = walk_tar(content);
    for (const auto& violation : listing.violations) complain(where, violation);
    if (created.empty() || listing.entries.empty()) return;
    const auto time = fmt::gmtime(static_cast<std::time_t>(listing.entries[0].mtime));
    if (const auto text = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", time); text != created)
      complain(where, fmt::format("its time is {}, but the image was created {}", text, shown(created)));
  }

  registry::ImageSource& source_;
  const ValidatorOptions& options_;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> violations(registry::ImageSource& source, const ValidatorOptions& options) {
  return Validator(source, options).run();
}

}  // namespace whittle::test
