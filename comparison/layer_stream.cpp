#include "comparison/layer_stream.hpp"

#include <fmt/format.h>

#include "common/error.hpp"

namespace whittle::comparison {
// Hashes what passes and compares with the diffID at the end.
class LayerStream::Hashed final : public ByteSource {
 public:
  Hashed(std::unique_ptr<ByteSource> inner, std::optional<Digest> expected, std::string what, State& state)
      : inner_(std::move(inner)),
        expected_(std::move(expected)),
        what_(std::move(what)),
        state_(state),
        hasher_(expected_ ? expected_->algorithm() : Digest::Algorithm::sha256) {}

  std::size_t read(MutableBytes buffer) override {
    if (done_) return 0;
    const auto count = inner_->read(buffer);
    state_.size += count;
    hasher_.write(Bytes(buffer).first(count));
    if (count > 0) return count;
    done_ = true;
    state_.digest = hasher_.finish();
    if (expected_ && *expected_ != state_.digest)
      throw Error(ErrorKind::integrity, fmt::format("{} unpacks to {}, its config states {}", what_,
                                                    state_.digest.text(), expected_->text()));
    return 0;
  }

 private:
  std::unique_ptr<ByteSource> inner_;
  std::optional<Digest> expected_;
  std::string what_;
  State& state_;
  Hasher hasher_;
  bool done_ = false;
};

LayerStream::LayerStream(const LayerInput& input, std::string what, const Limits& limits,
                         std::stop_token stop)
    : profile_(std::make_unique<CompressionProfile>()), state_(std::make_unique<State>()) {
  auto tar = decompress(input.source->open_blob(input.descriptor), what, limits, *profile_);
  auto hashed = std::make_unique<Hashed>(std::move(tar), input.diff_id, std::move(what), *state_);
  ahead_ = std::make_unique<ReadAhead>(std::move(hashed), std::move(stop));
}

}  // namespace whittle::comparison
