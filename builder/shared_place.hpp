// The repository that machines without a common disk share (docs/fleet.md), and what happens when it does not
// answer: that is told once, and nobody asks it again.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "builder/answer_watch.hpp"
#include "common/error.hpp"
#include "common/report.hpp"
#include "evidence/public_key.hpp"
#include "evidence/signer.hpp"
#include "layers/document.hpp"
#include "registry/access.hpp"
#include "registry/place.hpp"

namespace whittle::builder {

struct SharedCacheOptions {
  registry::Place place;                          // a repository or a layout, without tag and digest
  bool write = false;                             // else it is only read
  std::optional<evidence::PublicKey> trust = {};  // then only what has its signature counts
  evidence::Signer* signer = nullptr;             // signs what is written; borrowed
  // Another way to the place, that ends when its token asks: questions may be given up.
  std::function<std::unique_ptr<registry::Access>(std::stop_token)> access = {};
  std::chrono::milliseconds longest_silence{15'000};  // then nobody is waited for any longer
};

// What the fault of one thing that lies there can be; anything else is the place's.
bool is_of_content(const Error& error);

// Borrows the access and the reporter. Any thread.
class SharedPlace {
 public:
  SharedPlace(SharedCacheOptions options, registry::Access& access, Reporter& reporter, std::stop_token stop);

  const SharedCacheOptions& options() const { return options_; }
  bool writes() const { return options_.write && !is_given_up(); }

  // Runs what asks the place for `what`. False when it was given up, before or now, or when what lies there
  // is faulty: both are told. Throws nothing but Error(interrupted).
  bool ask(const std::string& what, const std::function<void()>& question);
  // Runs what writes to it; with `doing` in the message when that fails, and the place is given up. Throws
  // nothing but Error(interrupted).
  void write(const std::string& doing, const std::function<void(registry::ImageDestination&)>& writing);

  // Within a question. What the tag names, if anything.
  std::optional<layers::Document> tagged(const std::string& tag);
  // The place, for those who ask; it is there when a tag of it was found.
  registry::ImageSource& asked() { return *asked_; }
  // Lives while an answer is waited for; its end says that there was one.
  AnswerWatch::Question expect_answer() { return AnswerWatch::Question(watch_); }

  // The same place for as long as the build runs: questions may be given up, this is not.
  std::shared_ptr<registry::ImageSource> source() const { return source_; }

 private:
  bool is_given_up() const;
  void give_up(const std::string& doing, const std::exception& why);

  SharedCacheOptions options_;
  registry::Access& access_;
  Reporter& reporter_;
  std::stop_token stop_;
  AnswerWatch watch_;
  std::shared_ptr<registry::ImageSource> source_;
  std::unique_ptr<registry::Access> questions_;   // null: access_
  std::shared_ptr<registry::ImageSource> asked_;  // null: a layout that is not there yet
  mutable std::mutex mutex_;
  bool given_up_ = false;  // guarded by mutex_
};

}  // namespace whittle::builder
