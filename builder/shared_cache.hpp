// A repository that machines without a common disk share: what images were made from and the layers that came
// of it, as artifacts under a tag per key (docs/fleet.md).
//
// The tag names the newest record; that names the older ones. Whatever is wrong with one is told, and it is
// not used; whatever is wrong with the place is told once, and the build goes on without it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "builder/answer_watch.hpp"
#include "builder/shared_record.hpp"
#include "common/report.hpp"
#include "evidence/public_key.hpp"
#include "evidence/signer.hpp"
#include "layers/document.hpp"
#include "layers/manifest.hpp"
#include "registry/access.hpp"
#include "registry/layout.hpp"
#include "registry/place.hpp"

namespace whittle::builder {

struct SharedCacheOptions {
  registry::Place place;                          // a repository or a layout, without tag and digest
  bool write = false;                             // else it is only read
  std::optional<evidence::PublicKey> trust = {};  // then only records with its signature count
  evidence::Signer* signer = nullptr;             // signs what is written; borrowed
  // Another way to the place, that ends when its token asks: questions may be given up.
  std::function<std::unique_ptr<registry::Access>(std::stop_token)> access = {};
  std::chrono::milliseconds longest_silence{15'000};  // then nobody is waited for any longer
};

// Questions to a shared cache that are open at a time.
inline constexpr unsigned questions_at_once = 8;

// Borrows what it is given. find() may be called by several threads at once; keep(), too, unless it signs.
class SharedCache {
 public:
  SharedCache(SharedCacheOptions options, registry::Access& access, Reporter& reporter, std::stop_token stop);

  // The newest record under the key that fits and whose layers are all there; `what` it is for, in messages.
  // Throws nothing but Error(interrupted).
  using Fits = std::function<bool(const SharedRecord&)>;
  std::optional<SharedRecord> find(const Digest& key, const std::string& what, const Fits& fits);
  // Where the layers of what find() gave are. After it gave something.
  std::shared_ptr<registry::ImageSource> source() const { return source_; }

  bool writes() const { return options_.write; }
  // Keeps a record with its layers, which are in `store` or can be mounted from `from`, unless it is the
  // newest there.
  void keep(const SharedRecord& record, const std::string& what, const registry::Layout& store,
            const std::shared_ptr<registry::ImageSource>& from);

 private:
  std::optional<SharedRecord> first_fitting(const Digest& key, const std::string& what, const Fits& fits);
  std::optional<SharedRecord> read(const layers::Document& document, const Digest& key,
                                   const std::string& what, const Fits& fits);
  std::optional<layers::Document> newest(const Digest& key);
  struct Before;
  Before before(const Digest& key, const std::string& text);
  layers::Document document_of(const SharedRecord& record, const std::string& text,
                               const std::vector<layers::Descriptor>& older);
  void give_up(const std::string& doing, const std::exception& why);
  bool is_given_up() const;

  SharedCacheOptions options_;
  registry::Access& access_;
  Reporter& reporter_;
  std::stop_token stop_;
  std::shared_ptr<registry::ImageSource> source_;  // of layers
  AnswerWatch watch_;
  std::unique_ptr<registry::Access> questions_;   // null: access_
  std::shared_ptr<registry::ImageSource> asked_;  // of records; null: a layout that is not there yet
  mutable std::mutex mutex_;
  bool given_up_ = false;  // guarded by mutex_
};

}  // namespace whittle::builder
