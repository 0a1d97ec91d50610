// A zip read while it arrives, front to back, by what its entries say of themselves (APPNOTE 4.3.7 to 4.3.9).
// It knows only what is common and plain; nothing it gives is to be believed before the directory at the end
// has agreed.
//
// Memory: the largest file, unpacked, and its name.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "toolchains/zip_directory.hpp"

struct z_stream_s;

namespace whittle::toolchains {

struct ArrivedFile {
  std::string name;  // as it stands there: any bytes
  std::uint32_t crc = 0;
  Bytes content;  // for the time of the call
};

// One thread.
class ZipStream {
 public:
  using Take = std::function<void(const ArrivedFile&)>;
  // `take` gets each file whose size and checksum are as its entry says.
  ZipStream(const ZipLimits& limits, Take take);

  // The next bytes. Throws only what `take` throws.
  void write(Bytes bytes);
  // Something was met that is broken, beyond a limit or uncommon: from there on nothing is read.
  bool gave_up() const { return state_ == State::given_up; }
  // All entries have been taken.
  bool is_at_directory() const { return state_ == State::directory; }

 private:
  enum class State { header, packed, stored, descriptor, directory, given_up };
  struct End {
    void operator()(z_stream_s* stream) const;
  };

  Bytes step(Bytes bytes);
  Bytes gather(Bytes bytes, std::size_t wanted);
  Bytes read_header(Bytes bytes);
  Bytes inflate_some(Bytes bytes);
  Bytes copy_some(Bytes bytes);
  Bytes read_descriptor(Bytes bytes);
  void begin_entry();
  void finish_entry();
  bool may_grow(std::size_t count) const;

  ZipLimits limits_;
  Take take_;
  State state_ = State::header;
  std::string gathered_;      // of a header or descriptor that is not complete yet
  ZipEntry entry_;            // what the header says
  std::uint64_t packed_ = 0;  // bytes of the entry so far
  std::uint64_t entries_ = 0;
  std::uint64_t total_ = 0;  // bytes of all files, unpacked
  std::vector<std::byte> content_;
  std::unique_ptr<z_stream_s, End> inflating_;
};

}  // namespace whittle::toolchains
