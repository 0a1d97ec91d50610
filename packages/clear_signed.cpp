#include "packages/clear_signed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "common/error.hpp"
#include "common/text.hpp"
#include "packages/control_file.hpp"

namespace whittle::packages {
namespace {

constexpr std::string_view begin_message = "-----BEGIN PGP SIGNED MESSAGE-----";
constexpr std::string_view begin_signature = "-----BEGIN PGP SIGNATURE-----";
constexpr std::string_view end_signature = "-----END PGP SIGNATURE-----";

class Frame {
 public:
  Frame(std::string_view text, const std::string& what) : text_(text), what_(what) {}

  std::string read() {
    if (!take() || line_ != begin_message) fail("it does not begin with a clear-signed text");
    read_headers();
    auto body = read_body();
    read_signatures();
    return body;
  }

 private:
  // The next line without its end and the blanks before that, which no signature covers (section 7.1).
  bool take() {
    if (text_.empty()) return false;
    const auto end = std::min(text_.find('\n'), text_.size());
    line_ = text_.substr(0, end);
    while (!line_.empty() && trimmed(line_.substr(line_.size() - 1)).empty()) line_.remove_suffix(1);
    text_.remove_prefix(std::min(end + 1, text_.size()));
    ++number_;
    return true;
  }

  void read_headers() {
    while (take() && !line_.empty())
      if (!line_.starts_with("Hash: "))
        fail(fmt::format("the header {} is not covered by a signature", shown(line_)));
  }

  std::string read_body() {
    std::string body;
    while (take()) {
      if (line_ == begin_signature) {
        if (!body.empty()) body.pop_back();  // the line end before the signature is not of the text
        return body;
      }
      if (line_.starts_with("- ")) {
        line_.remove_prefix(2);
      } else if (line_.starts_with('-')) {
        fail(fmt::format("the line {} is not escaped", shown(line_)));
      }
      body.append(line_).append("\n");
    }
    fail("there is no signature behind the text");
  }

  void read_signatures() {
    while (take() && line_ != end_signature)
      if (line_.starts_with('-')) fail(fmt::format("there is {} in the signature", shown(line_)));
    if (line_ != end_signature) fail("the signature is cut off");
    while (take())
      if (!line_.empty()) fail("there is text behind the signature");
  }

  [[noreturn]] void fail(std::string_view why) const {
    throw Error(ErrorKind::unverified, fmt::format("{}:{}: {}", what_, number_, why));
  }

  std::string_view text_;
  const std::string& what_;
  std::string_view line_;
  std::size_t number_ = 0;
};

}  // namespace

std::string clear_signed_text(std::string_view message, const std::string& what) {
  return Frame(message, what).read();
}

}  // namespace whittle::packages
