#include "running/response_reader.hpp"

#include <algorithm>

#include "common/ascii.hpp"

namespace whittle::running {
namespace {

constexpr std::size_t most_headers = 64U << 10U;
constexpr std::size_t longest_chunk_line = 1024;
constexpr std::uint64_t largest_response_body = 1ULL << 50U;

bool lists(std::string_view value, std::string_view token) {
  while (!value.empty()) {
    const auto end = std::min(value.find(','), value.size());
    if (equal_ignoring_case(trimmed(value.substr(0, end)), token)) return true;
    value.remove_prefix(std::min(end + 1, value.size()));
  }
  return false;
}

bool parse(std::string_view text, std::uint64_t& value, int base) {
  const auto number = whole_number<std::uint64_t>(text, base);
  value = number.value_or(0);
  return number && value <= largest_response_body;
}

}  // namespace

void ResponseReader::begin(bool to_head, std::size_t kept) {
  *this = ResponseReader();
  to_head_ = to_head;
  kept_ = kept;
}

// Whether `line_` is whole; a bare newline ends it as well (RFC 9112, section 2.2).
bool ResponseReader::take_line(std::string_view& bytes, std::size_t limit) {
  const auto newline = bytes.find('\n');
  const auto count = newline == std::string_view::npos ? bytes.size() : newline;
  if (line_.size() + count > limit) {
    phase_ = Phase::broken;
    return false;
  }
  line_.append(bytes.substr(0, count));
  bytes.remove_prefix(std::min(count + 1, bytes.size()));
  if (newline == std::string_view::npos) return false;
  if (line_.ends_with('\r')) line_.pop_back();
  return true;
}

ResponseReader::State ResponseReader::feed(std::string_view& bytes) {
  while (!bytes.empty() && phase_ != Phase::done && phase_ != Phase::broken) {
    if (phase_ == Phase::fixed || phase_ == Phase::chunk || phase_ == Phase::to_end) {
      take_body(bytes);
      continue;
    }
    const bool in_chunks = phase_ == Phase::chunk_size || phase_ == Phase::chunk_end;
    if (!take_line(bytes,
                   in_chunks ? longest_chunk_line : most_headers - std::min(header_bytes_, most_headers)))
      continue;
    if (!in_chunks) header_bytes_ += line_.size() + 1;
    if (phase_ == Phase::status) {
      read_status();
    } else if (phase_ == Phase::headers) {
      if (line_.empty())
        begin_body();
      else
        read_header();
    } else if (phase_ == Phase::chunk_size) {
      read_chunk_size();
    } else if (phase_ == Phase::chunk_end) {
      phase_ = line_.empty() ? Phase::chunk_size : Phase::broken;
    } else if (line_.empty()) {  // of the trailers
      phase_ = Phase::done;
    }
    line_.clear();
  }
  if (phase_ == Phase::broken) return State::broken;
  return phase_ == Phase::done ? State::complete : State::more;
}

ResponseReader::State ResponseReader::end() {
  if (phase_ == Phase::to_end) phase_ = Phase::done;
  return phase_ == Phase::done ? State::complete : State::broken;
}

void ResponseReader::take_body(std::string_view& bytes) {
  const auto count = phase_ == Phase::to_end
                         ? bytes.size()
                         : static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  if (kept_ > 0) {
    if (body_.size() + count > kept_) {
      phase_ = Phase::broken;
      return;
    }
    body_.append(bytes.substr(0, count));
  }
  bytes.remove_prefix(count);
  if (phase_ == Phase::to_end) return;
  left_ -= count;
  if (left_ == 0) phase_ = phase_ == Phase::fixed ? Phase::done : Phase::chunk_end;
}

void ResponseReader::read_status() {
  std::uint64_t code = 0;
  if (!line_.starts_with("HTTP/1.") || line_.size() < 12 || line_[8] != ' ' ||
      !parse(std::string_view(line_).substr(9, 3), code, 10) || code < 100) {
    phase_ = Phase::broken;
    return;
  }
  status_ = static_cast<int>(code);
  keeps_connection_ = line_[7] == '1';
  phase_ = Phase::headers;
}

void ResponseReader::read_header() {
  const std::string_view line = line_;
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) {
    phase_ = Phase::broken;
    return;
  }
  const auto name = line.substr(0, colon);
  const auto value = trimmed(line.substr(colon + 1));
  if (equal_ignoring_case(name, "Content-Length")) {
    std::uint64_t length = 0;
    if (!parse(value, length, 10) || (has_length_ && length != left_)) phase_ = Phase::broken;
    has_length_ = true;
    left_ = length;
  } else if (equal_ignoring_case(name, "Transfer-Encoding")) {
    chunked_ = lists(value, "chunked");
  } else if (equal_ignoring_case(name, "Connection")) {
    if (lists(value, "close")) keeps_connection_ = false;
    if (lists(value, "keep-alive")) keeps_connection_ = true;
  }
}

// RFC 9112, section 6.3.
void ResponseReader::begin_body() {
  if (status_ < 200 && status_ != 101) {  // an interim response: the one that counts follows
    phase_ = Phase::status;
    has_length_ = chunked_ = false;
  } else if (to_head_ || status_ == 204 || status_ == 304 || status_ == 101) {
    phase_ = Phase::done;
  } else if (chunked_) {
    phase_ = Phase::chunk_size;
  } else if (has_length_) {
    phase_ = left_ == 0 ? Phase::done : Phase::fixed;
  } else {
    phase_ = Phase::to_end;
    keeps_connection_ = false;
  }
}

void ResponseReader::read_chunk_size() {
  const auto size = trimmed(std::string_view(line_).substr(0, line_.find(';')));
  if (!parse(size, left_, 16))
    phase_ = Phase::broken;
  else
    phase_ = left_ == 0 ? Phase::trailers : Phase::chunk;
}

}  // namespace whittle::running
