#include "registry/copy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "common/error.hpp"
#include "common/parallel.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "registry/attachments.hpp"
#include "registry/foreign_layers.hpp"
#include "registry/platform_choice.hpp"
#include "registry/referral.hpp"
#include "registry/registry_error.hpp"
#include "registry/tee.hpp"
#include "registry/tree.hpp"

namespace whittle::registry {
namespace {

namespace media_type = layers::media_type;

// Whether a manifest was refused because of parts that the registry had said it has, and has not (hostile.md,
// 141).
bool lacks_parts(const RegistryError& error) {
  static constexpr std::array<std::string_view, 3> codes = {"MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN",
                                                            "MANIFEST_UNKNOWN"};
  return std::any_of(codes.begin(), codes.end(), [&](auto code) { return error.has_code(code); });
}

// One destination of a copy: what was done there, and the first thing that failed.
class Target {
 public:
  Target(ImageDestination& destination, const std::vector<std::string>& its_tags)
      : to(destination), tags(its_tags) {}

  ImageDestination& to;
  const std::vector<std::string>& tags;
  bool tagged = false;  // all tags name the root already
  std::atomic<std::uint64_t> sent = 0;
  std::atomic<std::uint64_t> mounted = 0;
  std::atomic<std::uint64_t> present = 0;
  std::atomic<std::uint64_t> bytes = 0;

  bool works() const { return !failed_; }
  void fail(std::exception_ptr why) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(why);
    failed_ = true;
  }
  std::exception_ptr failure() const { return failure_; }

 private:
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;
  std::exception_ptr failure_;
};

class Copier {
 public:
  Copier(ImageSource& from, const std::vector<CopyTarget>& targets, const CopyOptions& options,
         Reporter& reporter, const std::stop_token& stop)
      : from_(from), options_(options), reporter_(reporter), stop_(stop) {
    for (const auto& target : targets) targets_.push_back(std::make_unique<Target>(*target.to, target.tags));
  }

  // Blobs, then the documents from the innermost to the root, then the tags: at no time does a destination
  // hold a document whose parts are missing, nor a tag that names one (hostile.md, 123, 155 and 224). What is
  // attached to the image is there before the tag that leads to it.
  std::vector<CopyOutcome> run() {
    const auto whole = from_.root();
    const auto root = choose_platforms(from_, whole, options_.platforms);
    if (!media_type::is_index(root.media_type) && !media_type::is_manifest(root.media_type))
      throw Error(ErrorKind::unsupported,
                  fmt::format("{} is of type {}, which is not an image", from_.describe(), root.media_type));
    at_each_target([&](Target& target) { target.to.accept(root); });
    at_each_target([&](Target& target) { target.tagged = is_there(target, root); });
    if (options_.attachments || options_.foreign ||
        any([](const Target& target) { return target.works() && !target.tagged; }))
      copy(root, root.digest == whole.digest ? std::nullopt : std::optional(whole.digest));
    throw_if_stopped(stop_);
    std::vector<CopyOutcome> outcomes;
    for (const auto& target : targets_)
      outcomes.push_back(target->works() ? CopyOutcome{result(root, *target), nullptr}
                                         : CopyOutcome{std::nullopt, target->failure()});
    return outcomes;
  }

 private:
  // `replaced` is the index that the chosen platforms were taken from, if another was made of it.
  void copy(const layers::Document& root, const std::optional<Digest>& replaced) {
    auto tree = read_tree(from_, root, options_.jobs, stop_);
    std::vector<Attachment> attachments;
    if (options_.attachments) attachments = read_attachments(from_, tree, options_.jobs, reporter_, stop_);
    if (options_.attachments && replaced && media_type::is_index(root.media_type))
      reporter_.note(fmt::format("what refers to {} was not copied: with other platforms it is another index",
                                 replaced->text()));
    attachments_ = attachments.size();
    prepare(tree);
    for (const auto& attachment : attachments) prepare(attachment.tree);
    const auto blobs = all_blobs();
    parallel_for(blobs.size(), options_.jobs, stop_, [&](std::size_t i) { copy_blob(blobs[i]); });
    copy_documents_below_root(tree);
    for (const auto& attachment : attachments) {
      copy_documents_below_root(attachment.tree);
      at_each_target([&](Target& target) { attach(target, attachment); });
    }
    throw_if_stopped(stop_);
    at_each_target([&](Target& target) {
      if (!target.tagged) put_root(target, root);
    });
  }

  bool is_there(Target& target, const layers::Document& root) {
    if (target.tags.empty()) return false;
    for (const auto& tag : target.tags) {
      throw_if_stopped(stop_);
      if (target.to.current(tag) != root.digest) return false;
    }
    return true;
  }

  template <class Condition>
  bool any(const Condition& condition) const {
    return std::any_of(targets_.begin(), targets_.end(),
                       [&](const auto& target) { return condition(*target); });
  }

  // Does the work at every destination that still works; what fails there is kept there.
  void at_each_target(const std::function<void(Target&)>& work) {
    for (const auto& target : targets_) at(*target, work);
  }
  void at(Target& target, const std::function<void(Target&)>& work) {
    if (!target.works()) return;
    try {
      work(target);
    } catch (const std::exception&) {
      target.fail(std::current_exception());
    }
  }

  void prepare(const ImageTree& tree) {
    for (const auto& warning : tree.warnings) reporter_.warn(warning);
    for (const auto& blob : tree.blobs) blobs_.emplace(blob.digest, blob);
    for (const auto& level : tree.levels)
      for (const auto& document : level) documents_.emplace(document.digest, document);
  }

  // The largest first: what takes longest should not begin last.
  std::vector<layers::Descriptor> all_blobs() const {
    std::vector<layers::Descriptor> blobs;
    for (const auto& [digest, blob] : blobs_) blobs.push_back(blob);
    std::stable_sort(blobs.begin(), blobs.end(),
                     [](const auto& a, const auto& b) { return a.size > b.size; });
    return blobs;
  }

  // Only what takes time is told: the layers that are sent or mounted.
  void copy_blob(const layers::Descriptor& blob) {
    if (is_nondistributable(blob) && !options_.foreign) {
      reporter_.note(fmt::format("{} is not distributable and stays where its URLs point: it was not copied",
                                 label_of(blob)));
      return;
    }
    std::vector<Target*> working;
    for (const auto& target : targets_)
      if (target->works()) working.push_back(target.get());
    if (working.size() == 1) {
      at(*working.front(), [&](Target& target) { bring(target, blob, [&] { return open(blob); }); });
    } else if (!working.empty()) {
      copy_blob_to_many(working, blob);
    }
    throw_if_stopped(stop_);
  }

  void copy_blob_to_many(const std::vector<Target*>& working, const layers::Descriptor& blob) {
    Tee tee([&] { return open(blob); }, working.size());
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < working.size(); ++i)
      threads.emplace_back([&, i] {
        at(*working[i], [&](Target& target) { bring(target, blob, [&] { return tee.open(i); }); });
        tee.leave(i);
      });
  }

  // A foreign layer may be in the place after all, when it was copied there on purpose.
  std::unique_ptr<ByteSource> open(const layers::Descriptor& blob) {
    if (!is_nondistributable(blob)) return from_.open_blob(blob);
    try {
      return from_.open_blob(blob);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found || !options_.foreign) throw;
    }
    return options_.foreign(blob);
  }

  void bring(Target& target, const layers::Descriptor& blob, const OpenSource& open) {
    const bool config = media_type::is_config(blob.media_type);
    in_context([&] { return fmt::format("copying blob {}", blob.digest.text()); },
               [&] {
                 if (target.to.has_blob(blob)) {
                   ++target.present;
                   reporter_.verbose(fmt::format("{}: already there", label_of(blob, &target)));
                   return;
                 }
                 auto& reporter = config ? static_cast<Reporter&>(silent_) : reporter_;
                 transfer(target, blob, open, *reporter.start(label_of(blob, &target), blob.size));
               });
  }

  std::string label_of(const layers::Descriptor& blob, const Target* target = nullptr) const {
    const auto kind = media_type::is_config(blob.media_type) ? "config" : "layer";
    if (target == nullptr || targets_.size() == 1) return fmt::format("{} {}", kind, blob.digest.short_hex());
    return fmt::format("{} {} to {}", kind, blob.digest.short_hex(), target->to.describe());
  }

  void transfer(Target& target, const layers::Descriptor& blob, const OpenSource& open, Task& task) {
    const auto host = target.to.host();
    const auto repositories = host.empty() ? std::vector<std::string>() : from_.mountable_from(blob, host);
    if (!repositories.empty() && target.to.mount_blob(blob, repositories)) {
      ++target.mounted;
      task.done("mounted from another repository");
      return;
    }
    target.to.put_blob(blob, open, task);
    ++target.sent;
    target.bytes += blob.size;
    task.done("copied");
  }

  void copy_documents_below_root(const ImageTree& tree) {
    for (std::size_t level = tree.levels.size(); level-- > 1;)
      parallel_for(tree.levels[level].size(), options_.jobs, stop_, [&](std::size_t i) {
        const auto& document = tree.levels[level][i];
        at_each_target([&](Target& target) {
          in_context([&] { return fmt::format("copying manifest {}", document.digest.text()); },
                     [&] {
                       if (!target.to.has_manifest(document.descriptor())) put(target, document, {});
                     });
        });
      });
  }

  // A referrer is stored even where it is: nobody knows whether it was also listed at its subject.
  void attach(Target& target, const Attachment& attachment) {
    const auto& tag = attachment.tag;
    if (tag.empty() || target.to.current(tag) != attachment.root.digest) put(target, attachment.root, tag);
  }

  // A tag that may not be moved leaves the image where its digest finds it (hostile.md, 153).
  void put_root(Target& target, const layers::Document& root) {
    try {
      with_parts(target, root, [&] { target.to.put_root(root, target.tags); });
    } catch (RegistryError& error) {
      if (error.kind() != ErrorKind::remote_conflict || target.tags.empty()) throw;
      if (is_kept(target, root))
        error.hint(
            fmt::format("the image itself was pushed: {}@{}", target.to.describe(), root.digest.text()));
      throw;
    }
  }
  bool is_kept(Target& target, const layers::Document& root) {
    try {
      target.to.put_manifest(root, {});
      return true;
    } catch (const Error&) {
      return false;  // the first error is the one to tell
    }
  }

  void put(Target& target, const layers::Document& document, const std::string& tag) {
    in_context([&] { return fmt::format("copying manifest {}", document.digest.text()); },
               [&] {
                 try {
                   with_parts(target, document, [&] { target.to.put_manifest(document, tag); });
                 } catch (Error& error) {
                   if (error.kind() == ErrorKind::unsupported && referral_of(document, "the manifest"))
                     error.hint("without --all the image is copied alone");
                   throw;
                 }
               });
  }

  // Stores a document; when that is refused because of its parts, stores those again, and it once more.
  void with_parts(Target& target, const layers::Document& document, const std::function<void()>& store) {
    try {
      return store();
    } catch (const RegistryError& error) {
      if (!lacks_parts(error)) throw;
      reporter_.verbose(fmt::format("{}; its parts are sent again", error.message()));
    }
    put_parts(target, document);
    try {
      store();
    } catch (const RegistryError& error) {
      if (!lacks_parts(error)) throw;
      throw Error(ErrorKind::registry,
                  fmt::format("{}, though all that it consists of was sent twice", error.message()));
    }
  }

  void put_parts(Target& target, const layers::Document& document) {
    const auto what = fmt::format("manifest {}", document.digest.text());
    if (media_type::is_index(document.media_type)) {
      for (const auto& child : layers::parse_index(document, what).manifests)
        if (const auto found = documents_.find(child.digest); found != documents_.end())
          put(target, found->second, {});
      return;
    }
    const auto manifest = layers::parse_manifest(document, what);
    std::map<Digest, layers::Descriptor> parts{{manifest.config.digest, manifest.config}};
    for (const auto& layer : manifest.layers)
      if (!is_nondistributable(layer) || options_.foreign) parts.emplace(layer.digest, layer);
    for (const auto& [digest, blob] : parts) {
      throw_if_stopped(stop_);
      const auto task = reporter_.start(label_of(blob, &target), blob.size);
      target.to.put_blob(
          blob, [&blob = blob, this] { return open(blob); }, *task);
      task->done("copied again");
    }
  }

  CopyResult result(const layers::Document& root, const Target& target) const {
    return {root, target.sent, target.mounted, target.present, target.bytes, attachments_};
  }

  ImageSource& from_;
  std::vector<std::unique_ptr<Target>> targets_;
  const CopyOptions& options_;
  Reporter& reporter_;
  SilentReporter silent_;
  std::stop_token stop_;
  std::map<Digest, layers::Descriptor> blobs_;
  std::map<Digest, layers::Document> documents_;
  std::uint64_t attachments_ = 0;
};

}  // namespace

CopyResult copy_image(ImageSource& from, ImageDestination& to, const CopyOptions& options, Reporter& reporter,
                      const std::stop_token& stop) {
  auto outcomes = copy_image_to_many(from, {{&to, options.tags}}, options, reporter, stop);
  if (outcomes.front().failure) std::rethrow_exception(outcomes.front().failure);
  return std::move(*outcomes.front().result);
}

std::vector<CopyOutcome> copy_image_to_many(ImageSource& from, const std::vector<CopyTarget>& targets,
                                            const CopyOptions& options, Reporter& reporter,
                                            const std::stop_token& stop) {
  return Copier(from, targets, options, reporter, stop).run();
}

}  // namespace whittle::registry
