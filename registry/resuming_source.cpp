#include "registry/resuming_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "common/error.hpp"

namespace whittle::registry {
namespace {

constexpr unsigned most_short_ends = 3;

std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc() || end.ptr == text.data()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end.ptr - text.data()));
  return value;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// Whether an answer is everything from `from` to the end, and nothing else.
bool is_rest(const Response& response, std::uint64_t from, std::uint64_t size) {
  if (response.status != 206) return false;
  const auto field = response.headers.find("Content-Range");
  const auto range = field ? parse_content_range(*field) : std::nullopt;
  return range && range->first == from && range->last == size - 1 && range->total.value_or(size) == size;
}

}  // namespace

std::optional<ContentRange> parse_content_range(std::string_view field) {
  constexpr std::string_view unit = "bytes ";
  if (!field.starts_with(unit)) return std::nullopt;
  field.remove_prefix(unit.size());
  const auto first = take_number(field);
  if (!first || !take(field, '-')) return std::nullopt;
  const auto last = take_number(field);
  if (!last || *last < *first || !take(field, '/')) return std::nullopt;
  if (field == "*") return ContentRange{*first, *last, std::nullopt};
  const auto total = take_number(field);
  if (!total || !field.empty() || *total <= *last) return std::nullopt;
  return ContentRange{*first, *last, total};
}

std::string range_from(std::uint64_t from) {
  return fmt::format("bytes={}-", from);
}

std::size_t ResumingSource::read(MutableBytes buffer) {
  for (;;) {
    try {
      const auto count = read_on(buffer);
      if (count > 0 || position_ >= from_.size) return count;
    } catch (const RegistryError& error) {
      if (!error.retryable()) throw;
      if (recover(error)) continue;
      RegistryError last = error;
      last.given_up();
      if (attempts_ > 1) last.hint(fmt::format("it was cut {} times without a MiB of progress", attempts_));
      throw last;
    }
    if (++short_ends_ == most_short_ends || !recover({ErrorKind::integrity, "it ended there", {}}))
      fail_short();
  }
}

// What the current answer has next, without what was given already.
std::size_t ResumingSource::read_on(MutableBytes buffer) {
  for (;;) {
    const auto count = body_->read(buffer);
    if (to_drop_ == 0 || count == 0) {
      position_ += count;
      if (position_ - milestone_ >= enough_progress) {
        milestone_ = position_;
        attempts_ = 1;
        short_ends_ = 0;
        retries_.succeeded(from_.host);
      }
      return count;
    }
    const auto dropped = static_cast<std::size_t>(std::min<std::uint64_t>(count, to_drop_));
    to_drop_ -= dropped;
    if (dropped == count) continue;
    std::copy(buffer.begin() + static_cast<std::ptrdiff_t>(dropped),
              buffer.begin() + static_cast<std::ptrdiff_t>(count), buffer.begin());
    position_ += count - dropped;
    return count - dropped;
  }
}

// False when there is no further attempt.
bool ResumingSource::recover(const RegistryError& error) {
  body_.reset();
  const auto why =
      fmt::format("{} was cut at {} of {} bytes: {}", from_.what, position_, from_.size, error.message());
  if (!retries_.again(from_.host, {attempts_, false, {}, why})) return false;
  ++attempts_;
  reopen();
  return true;
}

void ResumingSource::reopen() {
  for (auto from = position_;; from = 0) {
    auto response = from_.ask(from);
    to_drop_ = response.status == 200 ? position_ : 0;
    if (response.status == 200 || (from > 0 && is_rest(response, from, from_.size))) {
      body_ = std::move(response.body);
      return;
    }
    const bool useless = response.status == 206 || response.status == 416;
    if (from == 0 || !useless) from_.refuse(response);
    // Another part than was asked for (hostile.md, 131); it is not even read.
  }
}

void ResumingSource::fail_short() const {
  throw Error(ErrorKind::integrity,
              fmt::format("{} has {} bytes, stated are {}", from_.what, position_, from_.size));
}

}  // namespace whittle::registry
