// An image elsewhere whose parts are kept in whittle's store once they were read: the next build needs no
// network.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "registry/image_io.hpp"
#include "registry/layout.hpp"

namespace whittle::builder {

// Thread-safe.
class KeptSource final : public registry::ImageSource {
 public:
  // Opens the place, at the image of that digest; called when something is not in the store. May throw
  // (offline).
  using Open = std::function<std::shared_ptr<registry::ImageSource>(const Digest& digest)>;
  KeptSource(registry::Layout store, Open open, Digest root, std::string name)
      : store_(std::move(store)), open_(std::move(open)), root_(std::move(root)), name_(std::move(name)) {}

  layers::Document root() override { return document(root_); }
  layers::Document manifest(const layers::Descriptor& descriptor) override {
    return document(descriptor.digest);
  }
  // A manifest or index that is known by its digest alone.
  layers::Document document(const Digest& digest);
  std::unique_ptr<ByteSource> open_blob(const layers::Descriptor& descriptor) override;
  std::vector<std::string> mountable_from(const layers::Descriptor& blob, const std::string& host) override;
  std::string describe() const override { return name_; }

 private:
  registry::ImageSource& source(const Digest& digest);

  registry::Layout store_;
  Open open_;
  Digest root_;
  std::string name_;
  std::mutex mutex_;
  std::shared_ptr<registry::ImageSource> source_;  // opened at the first use; guarded by mutex_
};

}  // namespace whittle::builder
