#include "registry/attachments.hpp"

#include <fmt/format.h>

#include <optional>
#include <set>

#include "common/error.hpp"
#include "common/parallel.hpp"
#include "registry/referral.hpp"

namespace whittle::registry {
namespace {

class AttachmentReader {
 public:
  AttachmentReader(ImageSource& from, unsigned jobs, Reporter& reporter, const std::stop_token& stop)
      : from_(from), jobs_(jobs), reporter_(reporter), stop_(stop) {}

  std::vector<Attachment> read(const ImageTree& image) {
    auto subjects = documents_of(image);
    for (const auto& subject : subjects) seen_.insert(subject);
    const auto of_image = subjects;
    for (unsigned depth = 0; !subjects.empty(); ++depth) subjects = read_referrers(subjects, depth);
    read_tagged(of_image);
    return std::move(found_);
  }

 private:
  static std::vector<Digest> documents_of(const ImageTree& tree) {
    std::vector<Digest> digests;
    for (const auto& level : tree.levels)
      for (const auto& document : level) digests.push_back(document.digest);
    return digests;
  }

  // Adds what refers to one of the subjects; returns the digests of the documents that this has brought.
  std::vector<Digest> read_referrers(const std::vector<Digest>& subjects, unsigned depth) {
    std::vector<std::vector<layers::Descriptor>> lists(subjects.size());
    parallel_for(subjects.size(), jobs_, stop_, [&](std::size_t i) {
      in_context([&] { return fmt::format("looking for what refers to {}", subjects[i].text()); },
                 [&] { lists[i] = from_.referrers(subjects[i]); });
    });
    std::vector<Digest> brought;
    for (std::size_t i = 0; i < subjects.size(); ++i)
      for (const auto& listed : lists[i]) {
        if (!seen_.insert(listed.digest).second) continue;
        if (depth >= referrer_depth_limit)
          throw Error(
              ErrorKind::limit,
              fmt::format("referrers of {} refer to each other in a chain longer than the limit of {}",
                          from_.describe(), referrer_depth_limit));
        auto document = fetch(listed, subjects[i]);
        if (!document) continue;
        for (auto& digest : add(std::move(*document), {})) brought.push_back(std::move(digest));
      }
    return brought;
  }

  // Lists of referrers are kept beside what they list, and may be old.
  std::optional<layers::Document> fetch(const layers::Descriptor& listed, const Digest& subject) {
    const auto what = fmt::format("manifest {}", listed.digest.text());
    try {
      auto document = from_.manifest(listed);
      const auto referral = referral_of(document, what);
      if (referral && referral->subject.digest == subject) return document;
      reporter_.warn(fmt::format("{} is listed as a referrer of {} but does not name it: it was not copied",
                                 what, subject.text()));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found) throw;
      reporter_.warn(fmt::format("{} is listed as a referrer of {} but is not there: it was not copied", what,
                                 subject.text()));
    }
    return std::nullopt;
  }

  void read_tagged(const std::vector<Digest>& subjects) {
    std::vector<std::string> tags;
    for (const auto& subject : subjects)
      for (auto& tag : attachment_tags(subject)) tags.push_back(std::move(tag));
    std::vector<std::optional<layers::Document>> documents(tags.size());
    parallel_for(tags.size(), jobs_, stop_, [&](std::size_t i) { documents[i] = from_.tagged(tags[i]); });
    for (std::size_t i = 0; i < tags.size(); ++i)
      if (documents[i]) add(std::move(*documents[i]), tags[i]);
  }

  std::vector<Digest> add(layers::Document document, std::string tag) {
    if (found_.size() >= documents_limit)
      throw Error(ErrorKind::limit, fmt::format("more than the limit of {} manifests belong to {}",
                                                documents_limit, from_.describe()));
    auto tree = read_tree(from_, document, jobs_, stop_);
    std::vector<Digest> digests;
    for (auto& digest : documents_of(tree)) {
      seen_.insert(digest);
      digests.push_back(std::move(digest));
    }
    found_.push_back({std::move(document), std::move(tag), std::move(tree)});
    return digests;
  }

  ImageSource& from_;
  unsigned jobs_;
  Reporter& reporter_;
  std::stop_token stop_;
  std::set<Digest> seen_;
  std::vector<Attachment> found_;
};

}  // namespace

std::vector<Attachment> read_attachments(ImageSource& from, const ImageTree& image, unsigned jobs,
                                         Reporter& reporter, const std::stop_token& stop) {
  return AttachmentReader(from, jobs, reporter, stop).read(image);
}

}  // namespace whittle::registry
