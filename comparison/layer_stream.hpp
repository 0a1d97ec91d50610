// The tar of one layer on its way from where it is kept: verified, decompressed and hashed on a thread of its
// own.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "common/digest.hpp"
#include "common/limits.hpp"
#include "common/read_ahead.hpp"
#include "comparison/compression_profile.hpp"
#include "layers/descriptor.hpp"
#include "registry/image_io.hpp"

namespace whittle::comparison {

struct LayerInput {
  registry::ImageSource* source = nullptr;  // borrowed
  layers::Descriptor descriptor;
  std::optional<Digest> diff_id = {};  // as the config states it
};

// One reader. What profile(), digest() and size() say holds once read() has returned 0.
class LayerStream final : public ByteSource {
 public:
  // Error(integrity) from read() when the blob or its tar contradicts its digest, for hostile cases of groups
  // C and D.
  LayerStream(const LayerInput& input, std::string what, const Limits& limits, std::stop_token stop);
  std::size_t read(MutableBytes buffer) override { return ahead_->read(buffer); }

  const CompressionProfile& profile() const { return *profile_; }
  const Digest& digest() const { return state_->digest; }
  std::uint64_t size() const { return state_->size; }

 private:
  struct State {
    Digest digest = Digest::of(std::string_view());
    std::uint64_t size = 0;
  };
  class Hashed;
  std::unique_ptr<CompressionProfile> profile_;
  std::unique_ptr<State> state_;
  std::unique_ptr<ReadAhead> ahead_;  // the last member: its thread fills the others
};

}  // namespace whittle::comparison
