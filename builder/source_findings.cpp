// Ports and files that are plain in the code: literals in calls of well-known functions. Whatever is computed
// is not guessed.
#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>

#include "builder/go_source.hpp"
#include "builder/holds.hpp"
#include "builder/source_scan.hpp"

namespace whittle::builder {
namespace {

constexpr std::size_t longest_call = 200;  // tokens of a call that are looked at

std::optional<unsigned> port_number(std::string_view text) {
  unsigned port = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool good =
      parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && port > 0 && port <= 65535;
  return good ? std::optional(port) : std::nullopt;
}

// The port of an address that is listened on from everywhere: ":8080", "0.0.0.0:8080", "[::]:8080".
std::optional<unsigned> port_of_address(std::string_view text) {
  for (const std::string_view host : {"0.0.0.0:", "[::]:", ":"})
    if (text.starts_with(host)) return port_number(text.substr(host.size()));
  return std::nullopt;
}

// A call as far as it is of interest: the name, what stands in front of its dot, literal arguments (""
// otherwise).
struct Call {
  std::string_view qualifier;
  std::string_view name;
  struct Argument {
    std::string_view text;
    bool is_text = false;
    std::size_t line = 0;
  };
  std::vector<Argument> arguments;
};

std::optional<Call> call_at(const std::vector<GoToken>& tokens, std::size_t i) {
  if (tokens[i].kind != GoToken::Kind::word || i + 1 >= tokens.size() || !is_sign(tokens[i + 1], '('))
    return std::nullopt;
  Call call;
  call.name = tokens[i].text;
  if (i >= 2 && is_sign(tokens[i - 1], '.')) call.qualifier = tokens[i - 2].text;
  std::size_t depth = 1;
  const auto end = std::min(tokens.size(), i + longest_call);
  std::size_t start = i + 2;
  for (std::size_t at = start; at < end && depth > 0; ++at) {
    const auto& token = tokens[at];
    if (is_sign(token, '(') || is_sign(token, '{') || is_sign(token, '[')) ++depth;
    if (is_sign(token, ')') || is_sign(token, '}') || is_sign(token, ']')) --depth;
    if (depth > 1 || (depth == 1 && !is_sign(token, ','))) continue;
    Call::Argument argument;
    const auto& first = tokens[start];
    argument.line = first.line;
    if (at == start + 1 && (first.kind == GoToken::Kind::text || first.kind == GoToken::Kind::number)) {
      argument.text = first.text;
      argument.is_text = first.kind == GoToken::Kind::text;
    }
    call.arguments.push_back(argument);
    start = at + 1;
  }
  return call;
}

bool is_port_variable(std::string_view name) {
  static constexpr std::array<std::string_view, 12> names = {
      "PORT",      "HTTP_PORT",    "SERVER_PORT", "APP_PORT",  "API_PORT",    "LISTEN_PORT",
      "GRPC_PORT", "METRICS_PORT", "ADDR",        "HTTP_ADDR", "LISTEN_ADDR", "LISTEN_ADDRESS"};
  return holds(names, name);
}

bool is_port_flag(std::string_view name) {
  static constexpr std::array<std::string_view, 8> names = {
      "port", "p", "http-port", "http_port", "listen-port", "grpc-port", "metrics-port", "api-port"};
  return holds(names, name);
}

class Finder {
 public:
  Finder(const GoSource& source, const std::string& file) : source_(source), file_(file) {}

  CodeFindings find() {
    const auto& tokens = source_.tokens;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (const auto call = call_at(tokens, i)) look_at(*call);
      const auto& token = tokens[i];
      if (token.kind != GoToken::Kind::text) continue;
      // In a main package an address without a host is what it listens on; so is the field of a server
      // anywhere.
      const bool is_field = i >= 2 && is_sign(tokens[i - 1], ':') && tokens[i - 2].text == "Addr";
      if (source_.package == "main" || is_field) add_port(port_of_address(token.text), "tcp", token.line);
      if (is_port_variable(token.text)) look_behind_variable(i);
    }
    return std::move(found_);
  }

 private:
  void add_port(std::optional<unsigned> port, std::string_view protocol, std::size_t line) {
    if (!port) return;
    // net.Listen("udp", ":53") comes before its literal does.
    for (auto& known : found_.ports)
      if (known.port == *port) return;
    found_.ports.push_back({*port, std::string(protocol), {file_, line}});
  }

  void add_path(const Call::Argument& argument) {
    if (!argument.is_text || argument.text.empty() || argument.text[0] == '/' || argument.text[0] == '~')
      return;
    std::string path = std::filesystem::path(argument.text.substr(0, argument.text.find_first_of("*?[{")))
                           .lexically_normal();
    const bool is_pattern = argument.text.find_first_of("*?[{") != std::string_view::npos;
    if (is_pattern && !path.ends_with('/')) path = std::filesystem::path(path).parent_path();
    while (path.ends_with('/')) path.pop_back();
    if (path.empty() || path == "." || path.starts_with("..") || path.starts_with(".env")) return;
    found_.paths.push_back({"", path, {file_, argument.line}});
  }

  void look_at(const Call& call) {
    const auto& arguments = call.arguments;
    const auto text = [&](std::size_t i) {
      return i < arguments.size() && arguments[i].is_text ? arguments[i].text : "";
    };
    static constexpr std::array<std::string_view, 7> listeners = {
        "ListenAndServe", "ListenAndServeTLS", "Run", "RunTLS", "Start", "StartTLS", "Listen"};
    if (holds(listeners, call.name) && !arguments.empty())
      add_port(port_of_address(text(0)), "tcp", arguments[0].line);
    if ((call.name == "Listen" || call.name == "ListenPacket") && arguments.size() >= 2) {
      const auto network =
          arguments[0].is_text ? arguments[0].text : arguments[1].text;  // ListenConfig has a context first
      const auto& address = arguments[0].is_text || arguments.size() < 3 ? arguments[1] : arguments[2];
      if (address.is_text)
        add_port(port_of_address(address.text), network.starts_with("udp") ? "udp" : "tcp", address.line);
    }
    look_at_flag(call);
    look_at_files(call);
  }

  // flag.String("addr", ":8080", …), flag.IntVar(&port, "port", 8080, …): the name, then the default.
  void look_at_flag(const Call& call) {
    static constexpr std::array<std::string_view, 10> makers = {
        "String", "StringVar", "StringP", "StringVarP", "Int",
        "IntVar", "IntP",      "IntVarP", "Uint",       "UintVar"};
    if (!holds(makers, call.name)) return;
    const auto& arguments = call.arguments;
    for (std::size_t i = 0; i + 1 < arguments.size() && i < 2; ++i) {
      if (!arguments[i].is_text) continue;
      const auto& fallback =
          call.name.ends_with('P') && i + 2 < arguments.size() ? arguments[i + 2] : arguments[i + 1];
      if (is_port_flag(arguments[i].text)) add_port(port_number(fallback.text), "tcp", fallback.line);
      if (fallback.is_text) add_port(port_of_address(fallback.text), "tcp", fallback.line);
      return;
    }
  }

  void look_at_files(const Call& call) {
    static constexpr std::array<std::string_view, 6> any_receiver = {
        "ParseGlob", "LoadHTMLGlob", "LoadHTMLFiles", "ParseFiles", "AddConfigPath", "SetConfigFile"};
    static constexpr std::array<std::string_view, 4> of_os = {"Open", "ReadFile", "ReadDir", "DirFS"};
    const auto& arguments = call.arguments;
    const bool os_file = (call.qualifier == "os" || call.qualifier == "ioutil") && holds(of_os, call.name);
    const bool plain =
        holds(any_receiver, call.name) || (call.qualifier == "filepath" && call.name == "Glob");
    const bool folder = call.qualifier == "http" && call.name == "Dir";
    if (os_file || folder) {
      if (!arguments.empty()) add_path(arguments[0]);
    } else if (plain) {
      for (const auto& argument : arguments) add_path(argument);
    } else if (call.qualifier == "http" && call.name == "ServeFile") {
      if (arguments.size() == 3) add_path(arguments[2]);
    } else if ((call.name == "Static" || call.name == "StaticFile" || call.name == "StaticFS") &&
               arguments.size() >= 2) {
      if (arguments[0].text.starts_with('/')) add_path(arguments[1]);  // gin, echo, fiber: URL, folder
    }
  }

  // os.Getenv("PORT") and helpers like it: the default is the next text, close by.
  void look_behind_variable(std::size_t i) {
    constexpr std::size_t near = 24;
    const auto& tokens = source_.tokens;
    for (std::size_t at = i + 1; at < std::min(tokens.size(), i + near); ++at) {
      if (tokens[at].kind == GoToken::Kind::sign || tokens[at].kind == GoToken::Kind::word ||
          tokens[at].text.empty())
        continue;
      const auto port = port_number(tokens[at].text);
      return add_port(port ? port : port_of_address(tokens[at].text), "tcp", tokens[at].line);
    }
  }

  const GoSource& source_;
  const std::string& file_;
  CodeFindings found_;
};

}  // namespace

CodeFindings find_in_code(const GoSource& source, const std::string& file) {
  return Finder(source, file).find();
}

}  // namespace whittle::builder
