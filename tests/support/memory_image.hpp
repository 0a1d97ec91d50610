// An image held in memory, with nothing checked: tests put right and wrong ones into it.
#pragma once

#include <map>
#include <memory>
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

  layers::Document root() override;
  layers::Document manifest(const layers::Descriptor& descriptor) override;
  std::unique_ptr<ByteSource> open_blob(const layers::Descriptor& descriptor) override;
  std::vector<std::string> mountable_from(const layers::Descriptor&, const std::string&) override {
    return {};
  }
  std::string describe() const override { return "an image in memory"; }

 private:
  const std::string& bytes(const Digest& digest) const;
  std::unique_ptr<layers::Document> root_;
  std::map<Digest, std::string> blobs_;
};

}  // namespace whittle::test
