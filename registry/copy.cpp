#include "registry/copy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "common/error.hpp"
#include "common/parallel.hpp"
#include "layers/media_types.hpp"
#include "registry/platform_choice.hpp"
#include "registry/tree.hpp"

namespace whittle::registry {
namespace {

namespace media_type = layers::media_type;

class Copier {
 public:
  Copier(ImageSource& from, ImageDestination& to, const CopyOptions& options, Reporter& reporter,
         const std::stop_token& stop)
      : from_(from), to_(to), options_(options), reporter_(reporter), stop_(stop) {}

  // Blobs, then the documents from the innermost to the root, then the tags: at no time does the destination
  // hold a document whose parts are missing, nor a tag that names one (hostile.md, 123, 155 and 224).
  CopyResult run() {
    auto root = choose_platforms(from_, from_.root(), options_.platforms);
    if (!media_type::is_index(root.media_type) && !media_type::is_manifest(root.media_type))
      throw Error(ErrorKind::unsupported,
                  fmt::format("{} is of type {}, which is not an image", from_.describe(), root.media_type));
    to_.accept(root);
    if (is_there(root)) return result(std::move(root));
    const auto tree = read_tree(from_, root, options_.jobs, stop_);
    parallel_for(tree.blobs.size(), options_.jobs, stop_, [&](std::size_t i) { copy_blob(tree.blobs[i]); });
    for (std::size_t level = tree.levels.size(); level-- > 1;) copy_documents(tree.levels[level]);
    throw_if_stopped(stop_);
    to_.put_root(root, options_.tags);
    return result(std::move(root));
  }

 private:
  bool is_there(const layers::Document& root) {
    if (options_.tags.empty()) return false;
    for (const auto& tag : options_.tags) {
      throw_if_stopped(stop_);
      if (to_.current(tag) != root.digest) return false;
    }
    return true;
  }

  // Only what takes time is told: the layers that are sent or mounted.
  void copy_blob(const layers::Descriptor& blob) {
    const bool config = media_type::is_config(blob.media_type);
    const auto label = fmt::format("{} {}", config ? "config" : "layer", blob.digest.short_hex());
    if (is_nondistributable(blob)) {
      reporter_.note(
          fmt::format("{} is not distributable and stays where its URLs point: it was not copied", label));
      return;
    }
    in_context([&] { return fmt::format("copying blob {}", blob.digest.text()); },
               [&] {
                 if (to_.has_blob(blob)) {
                   ++present_;
                   reporter_.verbose(fmt::format("{}: already there", label));
                   return;
                 }
                 transfer(blob,
                          config ? *silent_.start(label, blob.size) : *reporter_.start(label, blob.size));
               });
  }

  void transfer(const layers::Descriptor& blob, Task& task) {
    const auto repositories =
        to_.host().empty() ? std::vector<std::string>() : from_.mountable_from(blob, to_.host());
    if (!repositories.empty() && to_.mount_blob(blob, repositories)) {
      ++mounted_;
      task.done("mounted from another repository");
      return;
    }
    to_.put_blob(
        blob, [&] { return from_.open_blob(blob); }, task);
    ++sent_;
    bytes_ += blob.size;
    task.done("copied");
  }

  void copy_documents(const std::vector<layers::Document>& documents) {
    parallel_for(documents.size(), options_.jobs, stop_, [&](std::size_t i) {
      const auto& document = documents[i];
      in_context([&] { return fmt::format("copying manifest {}", document.digest.text()); },
                 [&] {
                   if (!to_.has_manifest(document.descriptor())) to_.put_manifest(document, {});
                 });
    });
  }

  CopyResult result(layers::Document root) const {
    return {std::move(root), sent_, mounted_, present_, bytes_};
  }

  ImageSource& from_;
  ImageDestination& to_;
  const CopyOptions& options_;
  Reporter& reporter_;
  SilentReporter silent_;
  std::stop_token stop_;
  std::atomic<std::uint64_t> sent_ = 0;
  std::atomic<std::uint64_t> mounted_ = 0;
  std::atomic<std::uint64_t> present_ = 0;
  std::atomic<std::uint64_t> bytes_ = 0;
};

}  // namespace

CopyResult copy_image(ImageSource& from, ImageDestination& to, const CopyOptions& options, Reporter& reporter,
                      const std::stop_token& stop) {
  return Copier(from, to, options, reporter, stop).run();
}

}  // namespace whittle::registry
