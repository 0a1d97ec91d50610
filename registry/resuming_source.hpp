// Bytes behind a URL, over as many answers as it takes (RFC 9110, section 14: range requests).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/bytes.hpp"
#include "registry/http.hpp"
#include "registry/registry_error.hpp"
#include "registry/retries.hpp"

namespace whittle::registry {

// What is read, and how it is asked for.
struct Resumable {
  std::string what;    // for messages: "blob sha256:… of shop/api"
  std::uint64_t size;  // bytes
  std::string host;    // as Retries knows it
  // Asks anew, for all from that byte on; whatever status the answer has.
  std::function<Response(std::uint64_t from)> ask;
  std::function<void(Response&)> refuse;  // throws what an answer means that is not the one asked for
};

// After a cut the bytes are asked for at the first URL again (a signed one may have expired, hostile.md,
// 164), from where they were cut. An answer that is anything but exactly that part is not used: all is read
// from its start, and what was given already is dropped. What is put together this way is not trusted:
// whoever reads it verifies the digest. A cut counts against the attempts of Retries unless a MiB came since
// the last one.
class ResumingSource final : public ByteSource {
 public:
  static constexpr std::uint64_t enough_progress = 1U << 20U;  // bytes

  // Borrows the retries. `first` is the answer (200) to the request for all of it.
  ResumingSource(Retries& retries, Resumable from, Response first)
      : retries_(retries), from_(std::move(from)), body_(std::move(first.body)) {}
  // Error(integrity) when it ends before its size, again and again (hostile.md, 132).
  std::size_t read(MutableBytes buffer) override;

 private:
  std::size_t read_on(MutableBytes buffer);
  bool recover(const RegistryError& error);
  void reopen();
  [[noreturn]] void fail_short() const;

  Retries& retries_;
  Resumable from_;
  std::unique_ptr<ByteSource> body_;
  std::uint64_t position_ = 0;   // of what was given
  std::uint64_t to_drop_ = 0;    // bytes of body_ that were given already
  std::uint64_t milestone_ = 0;  // position of the last progress that counted
  unsigned attempts_ = 1;        // since then
  unsigned short_ends_ = 0;      // in a row
};

// The field that asks for all from that byte on, which is not the first.
std::string range_from(std::uint64_t from);

// A Content-Range of bytes (RFC 9110, section 14.4). Nothing for any other form.
struct ContentRange {
  std::uint64_t first;
  std::uint64_t last;
  std::optional<std::uint64_t> total;
  bool operator==(const ContentRange&) const = default;
};
std::optional<ContentRange> parse_content_range(std::string_view field);

}  // namespace whittle::registry
