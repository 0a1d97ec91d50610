// An image held in memory, with nothing checked: tests put right and wrong ones into it.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "registry/image_io.hpp"

namespace whittle::test {

class MemoryImage final : public registry::ImageSource {
 public:
  // Stores a blob under the digest of its bytes and returns the descriptor.
  layers::Descriptor add_blob(std::string media_type, std::string bytes);
  layers::Descriptor add_document(const layers::Document& document);
  void set_root(const layers::Document& document) { root_ = std::make_unique<layers::Document>(document); }
  // Makes a digest stand for other bytes.
  void corrupt(const Digest& digest, std::string bytes) { blobs_[digest] = std::move(bytes); }
  void remove(const Digest& digest) { blobs_.erase(digest); }

  // Lists a document as a referrer of a digest, whatever it says itself.
  void list_referrer(const Digest& subject, const layers::Descriptor& descriptor) {
    referrers_[subject].push_back(descriptor);
  }
  void set_tag(const std::string& tag, const layers::Document& document) { tags_.emplace(tag, document); }
  // How many times blobs were opened.
  std::size_t opened() const { return opened_; }

  layers::Document root() override;
  layers::Document manifest(const layers::Descriptor& descriptor) override;
  std::unique_ptr<ByteSource> open_blob(const layers::Descriptor& descriptor) override;
  std::vector<std::string> mountable_from(const layers::Descriptor&, const std::string&) override {
    return {};
  }
  std::vector<layers::Descriptor> referrers(const Digest& subject) override {
    const auto found = referrers_.find(subject);
    return found == referrers_.end() ? std::vector<layers::Descriptor>() : found->second;
  }
  std::optional<layers::Document> tagged(const std::string& tag) override {
    const auto found = tags_.find(tag);
    return found == tags_.end() ? std::nullopt : std::optional(found->second);
  }
  std::string describe() const override { return "an image in memory"; }

 private:
  // A counter that moves and copies with the image.
  struct Count : std::atomic<std::size_t> {
    Count() : std::atomic<std::size_t>(0) {}
    Count(const Count& other) : std::atomic<std::size_t>(other.load()) {}
    Count& operator=(const Count& other) {
      store(other.load());
      return *this;
    }
  };
  const std::string& bytes(const Digest& digest) const;
  std::unique_ptr<layers::Document> root_;
  std::map<Digest, std::string> blobs_;
  std::map<Digest, std::vector<layers::Descriptor>> referrers_;
  std::map<std::string, layers::Document> tags_;
  Count opened_;
};

}  // namespace whittle::test
