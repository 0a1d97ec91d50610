// Writes messages of protocol buffers that are named by the digest of their bytes, so that there has to be
// one way to write each: fields in the order of their numbers, none that has its default value (the API's
// "Directory", "Action").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "remote/remote_execution.hpp"

namespace whittle::remote {

class WireMessage {
 public:
  // Each adds a field; numbers are added in ascending order, the same again for a list.
  WireMessage& add(std::uint32_t number, std::uint64_t value);    // left out when 0
  WireMessage& add(std::uint32_t number, std::string_view text);  // left out when empty
  WireMessage& add(std::uint32_t number, const WireMessage& message);
  WireMessage& add_item(std::uint32_t number, std::string_view text);  // of a list: also an empty one

  const std::string& bytes() const { return bytes_; }

 private:
  void write_number(std::uint64_t value);
  std::string bytes_;
};

// The API's "Digest".
WireMessage message_of(const BlobId& blob);

// What is stored under its digest, and that.
BlobId id_of(std::string_view bytes);

}  // namespace whittle::remote
