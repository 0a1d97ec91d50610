// Bytes that report their progress to a task while they are read.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>

#include "common/bytes.hpp"
#include "common/report.hpp"

namespace whittle::registry {

// How far a transfer has come, over all of its attempts. Borrows the task.
class Progress {
 public:
  explicit Progress(Task& task) : task_(task) {}
  // Only what goes beyond the furthest attempt so far is news.
  void reached(std::uint64_t position) {
    if (position <= reached_) return;
    task_.advance(position - reached_);
    reached_ = position;
  }

 private:
  Task& task_;
  std::uint64_t reached_ = 0;
};

// Owns the inner source, borrows the progress.
class ReportingSource final : public ByteSource {
 public:
  ReportingSource(std::unique_ptr<ByteSource> inner, Progress& progress)
      : inner_(std::move(inner)), progress_(progress) {}
  std::size_t read(MutableBytes buffer) override {
    const auto count = inner_->read(buffer);
    position_ += count;
    progress_.reached(position_);
    return count;
  }

 private:
  std::unique_ptr<ByteSource> inner_;
  Progress& progress_;
  std::uint64_t position_ = 0;
};

}  // namespace whittle::registry
