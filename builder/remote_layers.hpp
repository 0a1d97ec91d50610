// Layers that a worker made and that are still where it put them: fetched when somebody needs their bytes,
// which is where a place lacks them.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <stop_token>

#include "common/limits.hpp"
#include "layers/layer_writer.hpp"
#include "registry/image_io.hpp"
#include "registry/layout.hpp"
#include "remote/storage.hpp"

namespace whittle::builder {

// Thread-safe. What was fetched is in whittle's store from then on.
class RemoteLayers final : public registry::ImageSource {
 public:
  // Has the server make the layer again, because it does not keep it any more. Throws when it cannot.
  using Restore = std::function<void()>;

  RemoteLayers(registry::Layout store, Limits limits, std::stop_token stop)
      : store_(std::move(store)), limits_(limits), stop_(std::move(stop)) {}

  // `storage` has to outlive this.
  void add(const layers::Layer& layer, remote::Storage& storage, Restore restore);

  layers::Document root() override;
  layers::Document manifest(const layers::Descriptor& descriptor) override;
  // Checks digest, size, and that the layer has the diffID which was said of it: Error(integrity).
  std::unique_ptr<ByteSource> open_blob(const layers::Descriptor& descriptor) override;
  std::vector<std::string> mountable_from(const layers::Descriptor&, const std::string&) override {
    return {};
  }
  std::string describe() const override { return "a remote execution server"; }

 private:
  struct Known {
    layers::Layer layer;
    remote::Storage* storage;
    Restore restore;
    std::mutex mutex = {};  // one fetches it, the others wait
  };
  void fetch(Known& known);
  void check(const layers::Layer& layer);

  registry::Layout store_;
  const Limits limits_;
  const std::stop_token stop_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Known>> layers_;  // by digest; guarded by mutex_
};

}  // namespace whittle::builder
