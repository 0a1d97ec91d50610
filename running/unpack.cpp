#include "running/unpack.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <utility>

#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "layers/compression.hpp"
#include "layers/merged_tree.hpp"
#include "registry/reporting_source.hpp"
#include "toolchains/unpack_toolchain.hpp"

namespace whittle::running {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t largest_account_file = 1U << 20U;

// Hashes what is read through it.
class HashedSource final : public ByteSource {
 public:
  explicit HashedSource(ByteSource& inner) : inner_(inner) {}
  std::size_t read(MutableBytes buffer) override {
    const auto count = inner_.read(buffer);
    hasher_.write(Bytes(buffer).first(count));
    return count;
  }
  Digest finish() { return hasher_.finish(); }

 private:
  ByteSource& inner_;
  Hasher hasher_;
};

class Unpacking {
 public:
  Unpacking(registry::ImageSource& source, const fs::path& folder, Reporter& reporter,
            const UnpackOptions& options)
      : source_(source),
        folder_(folder),
        reporter_(reporter),
        options_(options),
        files_(staged(), options.ownership),
        tree_(options.limits.layer_entries) {}

  void add_layer(const layers::Descriptor& layer, const Digest& diff_id) {
    const auto what = fmt::format("layer {}", layer.digest.text());
    const auto task = reporter_.start("unpack " + std::string(layer.digest.short_hex()), layer.size);
    registry::Progress progress(*task);
    const auto bytes =
        layers::decompress(std::make_unique<registry::ReportingSource>(source_.open_blob(layer), progress),
                           what, options_.limits);
    HashedSource hashed(*bytes);
    layers::TarReader tar(hashed, what, {}, options_.limits);
    tree_.apply(layers_, tar, [this](const layers::TarEntry& entry, layers::TarReader& content) {
      throw_if_stopped(options_.stop);
      return files_.take(layers_, entry, content);
    });
    if (const auto actual = hashed.finish(); actual != diff_id)
      throw Error(ErrorKind::integrity, fmt::format("{} unpacks to {}, and the image's config says {}", what,
                                                    actual.text(), diff_id.text()));
    if (const auto wrong = layers::mislabelled(layer.media_type, bytes->format()))
      warnings_.push_back(fmt::format("{} {}", what, *wrong));
    ++layers_;
    task->done("unpacked");
  }

  UnpackedRoot take() {
    const auto root = folder_ / "rootfs";
    if (::mkdir(root.c_str(), 0755) != 0 || ::chmod(root.c_str(), 0755) != 0)
      throw_errno(errno, fmt::format("creating {}", escaped(root.native(), false, 4096)));
    UnpackedRoot result;
    // Before their folders have the modes of the image, which may keep an ordinary user out.
    result.passwd = account_file("etc/passwd");
    result.group = account_file("etc/group");
    result.written = write_root(tree_, files_, ContainedFolder(root), options_.ownership);
    result.written.skipped.xattrs += files_.skipped().xattrs;
    if (result.written.skipped.first_xattr.empty())
      result.written.skipped.first_xattr = files_.skipped().first_xattr;
    result.bytes = files_.bytes();
    result.warnings = std::move(warnings_);
    for (const auto& warning : tree_.warnings()) result.warnings.push_back(warning);
    toolchains::remove_sealed(staged_path());
    return result;
  }

 private:
  fs::path staged_path() const { return folder_ / "staged"; }
  fs::path staged() const {
    const auto path = staged_path();
    if (::mkdir(path.c_str(), 0700) != 0)
      throw_errno(errno, fmt::format("creating {}", escaped(path.native(), false, 4096)));
    return path;
  }

  std::optional<std::string> account_file(std::string_view path) const {
    const auto* entry = tree_.resolve(path);
    const auto* content = entry == nullptr ? nullptr : tree_.content(*entry);
    if (content == nullptr) return std::nullopt;
    if (entry->size() > largest_account_file)
      throw Error(ErrorKind::limit, fmt::format("/{} of the image has {} bytes, and at most {} are looked at",
                                                path, entry->size(), largest_account_file));
    return files_.content(*content, largest_account_file);
  }

  registry::ImageSource& source_;
  fs::path folder_;
  Reporter& reporter_;
  const UnpackOptions& options_;
  StagedFiles files_;
  layers::MergedTree tree_;
  std::size_t layers_ = 0;
  std::vector<std::string> warnings_;
};

}  // namespace

UnpackedRoot unpack_root(registry::ImageSource& source, const layers::Manifest& manifest,
                         const layers::ImageConfig& config, const fs::path& folder, Reporter& reporter,
                         const UnpackOptions& options) {
  if (config.diff_ids.size() != manifest.layers.size())
    throw Error(ErrorKind::integrity,
                fmt::format("the config names {}, and the manifest {}",
                            plural(config.diff_ids.size(), "layer"), manifest.layers.size()));
  Unpacking unpacking(source, folder, reporter, options);
  for (std::size_t i = 0; i < manifest.layers.size(); ++i)
    unpacking.add_layer(manifest.layers[i], config.diff_ids[i]);
  return unpacking.take();
}

}  // namespace whittle::running
