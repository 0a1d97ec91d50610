#include "serving/answer.hpp"

#include <fmt/format.h>

#include "common/json.hpp"
#include "common/text.hpp"

namespace whittle::serving {
namespace {

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 416:
      return "Range Not Satisfiable";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

// Media types come from documents of others, and may not begin another field.
std::string one_line(std::string value) {
  std::erase_if(value, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  return value;
}

}  // namespace

Answer refusal(int status, std::string_view code, std::string_view message) {
  Answer answer;
  answer.status = status;
  answer.fields = {{"Content-Type", "application/json"}};
  answer.text =
      canonical({{"errors", Json::array({{{"code", code}, {"message", as_utf8(message)}}})}}) + "\n";
  return answer;
}

std::string head_of(const Answer& answer, bool closes) {
  auto head = fmt::format("HTTP/1.1 {} {}\r\n", answer.status, reason(answer.status));
  for (const auto& [name, value] : answer.fields) head += fmt::format("{}: {}\r\n", name, one_line(value));
  // One that was not modified has no body, and its length would be that of the other; that of nothing is not
  // said (RFC 9110, section 8.6).
  if (answer.status != 304 && answer.status != 204)
    head += fmt::format("Content-Length: {}\r\n", answer.length());
  if (closes) head += "Connection: close\r\n";
  return head + "\r\n";
}

}  // namespace whittle::serving
