// What images were made from and the layers that came of it, for machines without a common disk: artifacts in
// a repository, under a tag per key (docs/fleet.md).
//
// The tag names the newest record; that names the older ones. Whatever is wrong with one is told, and it is
// not used; whatever is wrong with the place is told once, and the build goes on without it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "builder/shared_place.hpp"
#include "builder/shared_record.hpp"
#include "common/report.hpp"
#include "layers/document.hpp"
#include "layers/manifest.hpp"
#include "registry/layout.hpp"

namespace whittle::builder {

// Questions to a shared cache that are open at a time.
inline constexpr unsigned questions_at_once = 8;

// Borrows what it is given. find() may be called by several threads at once; keep(), too, unless it signs.
class SharedCache {
 public:
  SharedCache(SharedPlace& place, Reporter& reporter, std::stop_token stop)
      : place_(place), reporter_(reporter), stop_(std::move(stop)) {}

  // The newest record under the key that fits and whose layers are all there; `what` it is for, in messages.
  // Throws nothing but Error(interrupted).
  using Fits = std::function<bool(const SharedRecord&)>;
  std::optional<SharedRecord> find(const Digest& key, const std::string& what, const Fits& fits);
  // Where the layers of what find() gave are. After it gave something.
  std::shared_ptr<registry::ImageSource> source() const { return place_.source(); }

  // Keeps a record with its layers, which are in `store` or can be mounted from `from`, unless it is the
  // newest there.
  void keep(const SharedRecord& record, const std::string& what, const registry::Layout& store,
            const std::shared_ptr<registry::ImageSource>& from);

 private:
  std::optional<SharedRecord> first_fitting(const Digest& key, const std::string& what, const Fits& fits);
  std::optional<SharedRecord> read(const layers::Document& document, const Digest& key,
                                   const std::string& what, const Fits& fits);
  struct Before;
  Before before(const Digest& key, const std::string& text);
  layers::Document document_of(const SharedRecord& record, const std::string& text,
                               const std::vector<layers::Descriptor>& older);

  SharedPlace& place_;
  Reporter& reporter_;
  std::stop_token stop_;
};

}  // namespace whittle::builder
