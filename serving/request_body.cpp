#include "serving/request_body.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/error.hpp"

namespace whittle::serving {
namespace {

constexpr std::size_t longest_chunk_head = 1024;  // bytes: its length, and extensions that nobody sends

[[noreturn]] void refuse(const char* why) {
  throw Error(ErrorKind::integrity, why);
}

// RFC 9112, section 7.1: hexadecimal digits; what is behind a semicolon says nothing here.
std::uint64_t chunk_length(std::string_view line) {
  const auto digits = line.substr(0, line.find_first_of("; \t"));
  if (digits.empty() || digits.size() > 15) refuse("a chunk of the body has no length");
  std::uint64_t length = 0;
  for (const char c : digits) {
    const auto value =
        std::string_view("0123456789abcdef").find(c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c);
    if (value == std::string_view::npos) refuse("a chunk of the body has no length");
    length = length * 16 + value;
  }
  return length;
}

}  // namespace

RequestBody::RequestBody(const Request& request, std::string& buffer, More more)
    : buffer_(buffer),
      more_(std::move(more)),
      stage_(request.is_chunked ? Stage::chunk_head : Stage::length),
      left_(request.length) {
  if (!request.has_body) stage_ = Stage::end;
}

// A line without its end, which is taken as well.
std::string RequestBody::take_line() {
  auto end = buffer_.find("\r\n");
  for (; end == std::string::npos; end = buffer_.find("\r\n")) {
    if (buffer_.size() > longest_chunk_head) break;
    more_();
  }
  if (end > longest_chunk_head) refuse("a line between the chunks of the body is too long");
  auto line = buffer_.substr(0, end);
  if (line.find_first_of("\r\n") != std::string::npos)
    refuse("a line between the chunks of the body is none");
  buffer_.erase(0, end + 2);
  return line;
}

void RequestBody::begin_chunk() {
  left_ = chunk_length(take_line());
  stage_ = left_ > 0 ? Stage::chunk : Stage::trailer;
}

std::size_t RequestBody::read(MutableBytes into) {
  for (;;) switch (stage_) {
      case Stage::chunk_head:
        begin_chunk();
        break;
      case Stage::chunk_end:
        if (!take_line().empty()) refuse("a chunk of the body is longer than it says");
        stage_ = Stage::chunk_head;
        break;
      case Stage::trailer: {  // fields that nobody asked for
        const auto size = take_line().size();
        if (size == 0) stage_ = Stage::end;
        if ((trailer_ += size) > longest_head) refuse("there are too many fields behind the body");
        break;
      }
      case Stage::length:
      case Stage::chunk: {
        if (buffer_.empty()) more_();
        const auto count =
            static_cast<std::size_t>(std::min<std::uint64_t>({left_, buffer_.size(), into.size()}));
        std::memcpy(into.data(), buffer_.data(), count);
        buffer_.erase(0, count);
        left_ -= count;
        if (left_ == 0) stage_ = stage_ == Stage::length ? Stage::end : Stage::chunk_end;
        return count;
      }
      case Stage::end:
        return 0;
    }
}

}  // namespace whittle::serving
