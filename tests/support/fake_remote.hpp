// A server of the Remote Execution API in memory, as the seam sees it (remote/remote_execution.hpp): storage
// and cache that work, executions that a test plays, and failures that come when it says so.
#pragma once

#include <algorithm>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/digest.hpp"
#include "remote/remote_execution.hpp"
#include "remote/wire.hpp"

namespace whittle::test {

// Thread-safe, as the seam is; what a test sets is set before.
class FakeRemote final : public remote::RemoteExecution {
 public:
  using Status = remote::Status;
  using Code = remote::Code;

  remote::Capabilities can = {true, true, false, 0};
  std::map<remote::BlobId, std::string> blobs = {};
  std::map<remote::BlobId, remote::ActionResult> results = {};
  // By the name of a call: what it answers, one after the other, before it works.
  std::map<std::string, std::deque<Status>> failures = {};
  std::function<remote::Execution(const remote::BlobId& action, bool skip_cache)> on_execute = {};
  std::function<remote::Execution(const std::string& operation)> on_wait = {};
  std::size_t breaks_after = SIZE_MAX;  // bytes of the next stream that is read
  std::vector<std::string> calls = {};  // names, in order
  std::size_t largest_batch_seen = 0;   // bytes

  Status capabilities(remote::Capabilities& into) override {
    if (auto failure = begin("capabilities"); !failure.ok()) return failure;
    into = can;
    return {};
  }
  Status find_missing(const std::vector<remote::BlobId>& wanted,
                      std::vector<remote::BlobId>& missing) override {
    if (auto failure = begin("find_missing"); !failure.ok()) return failure;
    for (const auto& blob : wanted)
      if (!blobs.contains(blob)) missing.push_back(blob);
    return {};
  }
  Status update(const std::vector<remote::BlobBytes>& sent, std::vector<Status>& each) override {
    if (auto failure = begin("update"); !failure.ok()) return failure;
    const std::lock_guard lock(mutex_);
    std::size_t total = 0;
    for (const auto& blob : sent) {
      total += blob.bytes.size();
      auto failure = next("update one");
      if (failure.ok()) blobs.insert_or_assign(blob.id, blob.bytes);
      each.push_back(std::move(failure));
    }
    largest_batch_seen = std::max(largest_batch_seen, total);
    return {};
  }
  Status read(const std::vector<remote::BlobId>& wanted, std::vector<remote::BlobBytes>& found) override {
    if (auto failure = begin("read"); !failure.ok()) return failure;
    for (const auto& blob : wanted)
      if (blobs.contains(blob)) found.push_back({blob, blobs.at(blob)});
    return {};
  }
  Status write(const std::string& resource, ByteSource& bytes, std::uint64_t& committed) override {
    if (auto failure = begin("write"); !failure.ok()) return failure;
    auto text = read_all(bytes, 1U << 30U, resource);
    const std::lock_guard lock(mutex_);
    committed = text.size();
    written.push_back(resource);
    const auto id = remote::id_of(text);
    blobs.insert_or_assign(id, std::move(text));
    return {};
  }
  std::unique_ptr<remote::BlobReader> open(const std::string& resource, std::uint64_t) override {
    auto failure = begin("open");
    const std::lock_guard lock(mutex_);
    std::string bytes;
    bool there = false;
    for (const auto& [id, stored] : blobs)
      if (resource.find(id.hash) != std::string::npos) {
        bytes = stored;
        there = true;
      }
    if (failure.ok() && !there) failure = {Code::not_found, "no such blob", {}, {}};
    return std::make_unique<Reader>(std::move(bytes), std::exchange(breaks_after, SIZE_MAX), failure);
  }
  Status action_result(const remote::BlobId& action, const std::vector<std::string>&,
                       remote::ActionResult& into) override {
    if (auto failure = begin("action_result"); !failure.ok()) return failure;
    if (!results.contains(action)) return {Code::not_found, "no such result", {}, {}};
    into = results.at(action);
    return {};
  }
  remote::Execution execute(const remote::BlobId& action, bool skip_cache) override {
    if (auto failure = begin("execute"); !failure.ok()) return {failure};
    return on_execute(action, skip_cache);
  }
  remote::Execution wait(const std::string& operation) override {
    if (auto failure = begin("wait"); !failure.ok()) return {failure};
    return on_wait(operation);
  }

  std::vector<std::string> written = {};  // names of streams

  std::size_t count(const std::string& call) const {
    return static_cast<std::size_t>(std::count(calls.begin(), calls.end(), call));
  }

 private:
  class Reader final : public remote::BlobReader {
   public:
    Reader(std::string bytes, std::size_t breaks_after, Status failure)
        : bytes_(std::move(bytes)), breaks_after_(breaks_after), failure_(std::move(failure)) {}
    Status read(MutableBytes buffer, std::size_t& count) override {
      count = 0;
      if (!failure_.ok()) return failure_;
      if (position_ >= breaks_after_) return {Code::unavailable, "the stream broke", {}, {}};
      count = std::min({buffer.size(), bytes_.size() - position_, breaks_after_ - position_});
      std::memcpy(buffer.data(), bytes_.data() + position_, count);
      position_ += count;
      return {};
    }

   private:
    std::string bytes_;
    std::size_t breaks_after_;
    Status failure_;
    std::size_t position_ = 0;
  };

  Status begin(const std::string& call) {
    const std::lock_guard lock(mutex_);
    calls.push_back(call);
    return next(call);
  }
  Status next(const std::string& call) {
    auto& planned = failures[call];
    if (planned.empty()) return {};
    auto failure = std::move(planned.front());
    planned.pop_front();
    return failure;
  }

  std::mutex mutex_;
};

}  // namespace whittle::test
