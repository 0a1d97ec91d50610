#include "serving/uploads.hpp"

#include <fmt/format.h>

#include <random>
#include <utility>

namespace whittle::serving {
namespace {

using Clock = std::chrono::steady_clock;

std::string random_name() {
  std::random_device random;
  std::string name;
  for (int i = 0; i < 4; ++i) name += fmt::format("{:08x}", static_cast<unsigned>(random()));
  return name;
}

}  // namespace

Upload::Upload(std::string name, const std::filesystem::path& folder)
    : name_(std::move(name)), folder_(folder), file_(std::make_shared<const Fd>(nameless_file(folder))) {}

void Upload::append(ByteSource& body) {
  const StreamBuffer buffer;
  while (const auto count = body.read(buffer.bytes())) {
    write_at(*file_, buffer.bytes().first(count), size_, folder_);
    size_ += count;
  }
}

std::unique_ptr<ByteSource> Upload::open() const {
  return std::make_unique<FileRange>(file_, folder_, 0, size_);
}

Uploads::Uploads(std::filesystem::path folder, const UploadLimits& limits)
    : folder_(std::move(folder)), limits_(limits) {}

Uploads::Held Uploads::begin() {
  const std::lock_guard lock(mutex_);
  std::erase_if(places_, [&](const auto& one) {
    return !one.second.is_held && Clock::now() - one.second.used > limits_.idle;
  });
  if (places_.size() >= limits_.at_once) return {nullptr, {this}};
  const auto name = random_name();
  auto& place = places_[name];
  place.upload = std::make_unique<Upload>(name, folder_);
  return Held(place.upload.get(), {this});
}

Uploads::Held Uploads::hold(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = places_.find(name);
  if (found == places_.end() || found->second.is_held) return {nullptr, {this}};
  found->second.is_held = true;
  return Held(found->second.upload.get(), {this});
}

void Uploads::release(const Upload& upload) {
  const std::lock_guard lock(mutex_);
  auto& place = places_.at(upload.name());
  place.is_held = false;
  place.used = Clock::now();
}

void Uploads::drop(Held upload) {
  const std::lock_guard lock(mutex_);
  const auto name = upload.release()->name();
  places_.erase(name);
}

}  // namespace whittle::serving
