#include "evidence/key_source.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"
#include "evidence/command_signer.hpp"
#include "evidence/private_key.hpp"

namespace whittle::evidence {
namespace {

constexpr std::size_t file_limit = 64U << 10U;

bool is_variable_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), fits) &&
         !(name.front() >= '0' && name.front() <= '9');
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(" \t"), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

// The text of a key that is not reached by a command.
SecretText read_text(const KeySource& source, const KeyContext& context) {
  if (source.kind == KeySource::Kind::variable) {
    auto value = context.variable ? context.variable(source.name) : std::nullopt;
    if (!value)
      throw Error(ErrorKind::usage,
                  fmt::format("{} is not set, and a key is expected in it", source.describe()));
    return SecretText::taken_from(*value);
  }
  try {
    auto text = read_file(context.working_directory / source.name, file_limit);
    return SecretText::taken_from(text);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    throw Error(ErrorKind::auth, error.message());
  }
}

}  // namespace

KeySource KeySource::parse(std::string_view text) {
  if (text.find("-----BEGIN") != std::string_view::npos)
    throw Error(ErrorKind::usage,
                "a key itself was given where its name is meant, and others can see it there")
        .hint(
            "put it into a file, or into a variable and give env:NAME; if it was a private key, replace it");
  if (text.starts_with("env:")) {
    const auto name = text.substr(4);
    if (!is_variable_name(name))
      throw Error(ErrorKind::usage,
                  fmt::format("{}: env: is followed by the name of a variable", shown(text)));
    return {Kind::variable, std::string(name), {}};
  }
  if (text.starts_with("cmd:")) {
    auto words = words_of(text.substr(4));
    if (words.empty()) throw Error(ErrorKind::usage, "cmd: is followed by a program and its arguments");
    return {Kind::command, {}, std::move(words)};
  }
  const bool elsewhere = text.find("://") != std::string_view::npos;
  if (text.empty() || elsewhere)
    throw Error(ErrorKind::usage,
                fmt::format("{} names no key: a file, env:NAME or cmd:PROGRAM is expected", shown(text)))
        .hint("a key in a key management service is reached by a command of yours (docs/signing.md)");
  return {Kind::file, std::string(text), {}};
}

std::string KeySource::describe() const {
  if (kind == Kind::variable) return fmt::format("the variable {}", name);
  if (kind == Kind::command) return fmt::format("the key command {}", escaped(words.front()));
  return fmt::format("key {}", escaped(name, false, 1000));
}

std::unique_ptr<Signer> open_signer(const KeySource& source, const KeyContext& context) {
  if (source.kind == KeySource::Kind::command) return std::make_unique<CommandSigner>(source, context);
  const auto text = read_text(source, context);
  return std::make_unique<PrivateKey>(PrivateKey::parse(text.view(), context.password, source.describe()));
}

PublicKey open_public_key(const KeySource& source, const KeyContext& context) {
  if (source.kind == KeySource::Kind::command) return CommandSigner(source, context).public_key();
  return PublicKey::parse(read_text(source, context).view(), source.describe());
}

}  // namespace whittle::evidence
