#include "common/http_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include "common/ascii.hpp"
#include "common/error.hpp"

namespace whittle {
namespace {

constexpr std::size_t longest_chunk_head = 1024;     // bytes: its length, and extensions that nobody sends
constexpr std::size_t longest_trailer = 16U << 10U;  // bytes

[[noreturn]] void refuse_body(const char* why) {
  throw Error(ErrorKind::integrity, why);
}

// RFC 9112, section 7.1: hexadecimal digits; what is behind a semicolon says nothing here.
std::uint64_t chunk_length(std::string_view line) {
  const auto digits = line.substr(0, line.find_first_of("; \t"));
  const auto length = digits.size() > 15 ? std::nullopt : whole_number<std::uint64_t>(digits, 16);
  if (!length) refuse_body("a chunk of the body has no length");
  return *length;
}

}  // namespace

HttpBody::Stage HttpBody::first_stage(const HttpFraming& framing) {
  if (framing.by == HttpFraming::By::chunks) return Stage::chunk_head;
  if (framing.by == HttpFraming::By::end_of_connection) return Stage::rest;
  return framing.length == 0 ? Stage::end : Stage::length;
}

HttpBody::HttpBody(const HttpFraming& framing, std::string& buffer, Receive receive)
    : buffer_(buffer), receive_(std::move(receive)), stage_(first_stage(framing)), left_(framing.length) {}

// A line without its end, which is taken as well.
std::string HttpBody::take_line() {
  auto end = buffer_.find("\r\n");
  for (; end == std::string::npos && buffer_.size() <= longest_chunk_head; end = buffer_.find("\r\n")) {
    std::array<char, 1024> more;
    const auto count = receive_(std::as_writable_bytes(std::span(more)));
    if (count == 0) throw Error(ErrorKind::network, "the connection was closed between two chunks");
    buffer_.append(more.data(), count);
  }
  if (end > longest_chunk_head) refuse_body("a line between the chunks of the body is too long");
  auto line = buffer_.substr(0, end);
  if (line.find_first_of("\r\n") != std::string::npos)
    refuse_body("a line between the chunks of the body is none");
  buffer_.erase(0, end + 2);
  return line;
}

// Bytes of the body itself: those that are here already, else what arrives, straight to where they belong.
std::size_t HttpBody::read_bytes(MutableBytes into) {
  if (buffer_.empty()) return receive_(into);
  const auto count = std::min(buffer_.size(), into.size());
  std::memcpy(into.data(), buffer_.data(), count);
  buffer_.erase(0, count);
  return count;
}

std::size_t HttpBody::read(MutableBytes into) {
  for (;;) switch (stage_) {
      case Stage::chunk_head:
        left_ = chunk_length(take_line());
        stage_ = left_ > 0 ? Stage::chunk : Stage::trailer;
        break;
      case Stage::chunk_end:
        if (!take_line().empty()) refuse_body("a chunk of the body is longer than it says");
        stage_ = Stage::chunk_head;
        break;
      case Stage::trailer: {  // fields that nobody asked for
        const auto size = take_line().size();
        if (size == 0) stage_ = Stage::end;
        if ((trailer_ += size) > longest_trailer) refuse_body("there are too many fields behind the body");
        break;
      }
      case Stage::length:
      case Stage::chunk: {
        const auto count =
            read_bytes(into.first(static_cast<std::size_t>(std::min<std::uint64_t>(left_, into.size()))));
        if (count == 0)
          throw Error(ErrorKind::network, fmt::format("the connection was closed {} bytes too early", left_));
        left_ -= count;
        if (left_ == 0) stage_ = stage_ == Stage::length ? Stage::end : Stage::chunk_end;
        return count;
      }
      case Stage::rest: {
        const auto count = read_bytes(into);
        if (count == 0) stage_ = Stage::end;
        return count;
      }
      case Stage::end:
        return 0;
    }
}

}  // namespace whittle
