#include "registry/web_client.hpp"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "common/base64.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/percent.hpp"
#include "common/text.hpp"
#include "registry/answers.hpp"
#include "registry/connect_rules.hpp"
#include "registry/redirects.hpp"
#include "registry/resuming_source.hpp"

namespace whittle::registry {
namespace {

constexpr std::string_view file_scheme = "file://";

struct WebTarget {
  Url url;
  std::string authorization;
};

// Error(registry) for what is not encoded well.
std::string decoded(std::string_view text) {
  auto result = percent_decoded(text);
  if (!result)
    throw Error(ErrorKind::registry, "a URL has a per cent sign without two hexadecimal digits behind it");
  return std::move(*result);
}

// Where the user information of a URL begins and ends (behind its `@`); equal when there is none.
std::pair<std::size_t, std::size_t> user_information(std::string_view url) {
  const auto slashes = url.find("://");
  if (slashes == std::string_view::npos) return {0, 0};
  const auto begin = slashes + 3;
  const auto authority = url.substr(begin, url.find_first_of("/?#", begin) - begin);
  const auto at = authority.rfind('@');
  return {begin, at == std::string_view::npos ? begin : begin + at + 1};
}

WebTarget parse_target(const std::string& text) {
  const auto [begin, end] = user_information(text);
  auto bare = text;
  bare.erase(begin, end - begin);
  WebTarget target{Url::parse(bare), {}};
  if (begin == end) return target;
  if (!is_safe_way(target.url))
    throw Error(
        ErrorKind::auth,
        fmt::format("{} has credentials in it, which plain http would show to anybody", redacted_url(text)))
        .hint("use https, or leave them out");
  auto user = decoded(std::string_view(text).substr(begin, end - 1 - begin));
  if (user.find(':') == std::string::npos) user += ':';
  target.authorization = "Basic " + base64_encoded(user);
  return target;
}

// Nothing when there is no such file.
std::optional<std::filesystem::path> local_path(const std::string& url) {
  std::filesystem::path path = decoded(std::string_view(url).substr(file_scheme.size()));
  if (!path.is_absolute())
    throw Error(ErrorKind::registry, fmt::format("{}: a file URL needs an absolute path", redacted_url(url)));
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::nullopt;
  return path;
}

std::unique_ptr<ByteSource> open_local(const std::string& url, const WebFile& file) {
  const auto path = local_path(url);
  if (!path) return nullptr;
  return in_context([&] { return "reading " + file.what; },
                    [&] { return std::make_unique<FileSource>(*path); });
}

// Counts what passes against what was said beforehand.
class MeasuredSource final : public ByteSource {
 public:
  MeasuredSource(std::unique_ptr<ByteSource> inner, WebFile file, std::string url)
      : inner_(std::move(inner)), file_(std::move(file)), url_(std::move(url)) {}

  std::size_t read(MutableBytes buffer) override {
    const auto count = inner_->read(buffer);
    position_ += count;
    if (file_.size && (position_ > *file_.size || (count == 0 && position_ < *file_.size)))
      throw Error(ErrorKind::integrity,
                  fmt::format("{} ({}) has {} {} bytes, expected are {}", file_.what, url_,
                              position_ > *file_.size ? "at least" : "only", position_, *file_.size));
    if (position_ > file_.limit)
      throw Error(ErrorKind::limit,
                  fmt::format("{} ({}) has more than {} bytes", file_.what, url_, file_.limit));
    return count;
  }

 private:
  std::unique_ptr<ByteSource> inner_;
  WebFile file_;
  std::string url_;
  std::uint64_t position_ = 0;
};

// Plain http leads to plain http at most from there.
void check_hop(const Url& from, const Url& to) {
  check_way(from, to, "the redirect", from.scheme == "http");
}

// Asks for everything from that byte on, or for all of it when it is another version by now (RFC 9110,
// section 13.1.5).
Response ask(Transport& transport, Request request, std::uint64_t from, const std::string& version) {
  if (from > 0) request.headers.add("Range", range_from(from));
  if (from > 0 && !version.empty()) request.headers.add("If-Range", version);
  return send_following(transport, check_hop, std::move(request));
}

// The strong validator of what was answered; "" when it has none.
std::string version_of(const Response& response) {
  const auto tag = response.headers.find("ETag").value_or("");
  return tag.starts_with('"') ? std::string(tag) : std::string();
}

RegistryError not_a_file(const Request& request, const Response& response) {
  RegistryError error(ErrorKind::registry,
                      fmt::format("{} {}: answered with a web page instead of a file", request.method,
                                  response.url.redacted()),
                      {.status = response.status, .url = response.url.redacted()});
  error.hint("a proxy or a login page may answer in its place");
  return error;
}

std::optional<std::uint64_t> length_of(const Response& response) {
  const auto field = response.headers.find("Content-Length");
  std::uint64_t value = 0;
  if (!field) return std::nullopt;
  const auto end = std::from_chars(field->data(), field->data() + field->size(), value);
  return end.ec == std::errc() && end.ptr == field->data() + field->size() ? std::optional(value)
                                                                           : std::nullopt;
}

}  // namespace

std::string redacted_url(const std::string& url) {
  const auto [begin, end] = user_information(url);
  auto text = url.substr(0, url.find_first_of("?#"));
  if (begin < end) text.replace(begin, end - begin, "***@");
  return escaped(text);
}

std::unique_ptr<ByteSource> WebClient::open(const std::string& url, const WebFile& file) {
  const auto measured = [&](std::unique_ptr<ByteSource> source) {
    return std::make_unique<MeasuredSource>(std::move(source), file, redacted_url(url));
  };
  if (url.starts_with(file_scheme)) {
    auto local = open_local(url, file);
    return local ? measured(std::move(local)) : nullptr;
  }
  const auto target = parse_target(url);
  const Request request{"GET", target.url, {}, {}, target.authorization};
  return in_context(
      [&] { return "fetching " + file.what; },
      [&]() -> std::unique_ptr<ByteSource> {
        auto response = ask(transport_, request, 0, {});
        if (response.status == 404 || response.status == 410) {
          discard(response);
          return nullptr;
        }
        if (response.status != 200) throw refusal(request, response);
        if (is_html(response) && !file.may_be_html) throw not_a_file(request, response);
        const auto size = file.size ? file.size : length_of(response);
        if (!size)
          return measured(std::move(response.body));  // not even its end is known: it cannot be resumed
        const auto again = [&transport = transport_, request, version = version_of(response)](
                               std::uint64_t from) { return ask(transport, request, from, version); };
        const auto refuse = [request](Response& answer) { throw refusal(request, answer); };
        return measured(std::make_unique<ResumingSource>(
            retries_, Resumable{file.what, *size, request.url.origin(), again, refuse}, std::move(response)));
      });
}

std::optional<std::uint64_t> WebClient::size(const std::string& url, const WebFile& file) {
  if (url.starts_with(file_scheme)) {
    const auto path = local_path(url);
    std::error_code error;
    const auto size = path ? std::filesystem::file_size(*path, error) : 0;
    return path && !error ? std::optional(size) : std::nullopt;
  }
  const auto target = parse_target(url);
  return in_context(
      [&] { return "asking for the size of " + file.what; },
      [&]() -> std::optional<std::uint64_t> {
        auto response = ask(transport_, {"HEAD", target.url, {}, {}, target.authorization}, 0, {});
        discard(response);
        return response.status == 200 ? length_of(response) : std::nullopt;
      });
}

}  // namespace whittle::registry
