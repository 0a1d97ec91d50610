#include "evidence/command_signer.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "common/subprocess.hpp"
#include "common/text.hpp"
#include "evidence/base64_text.hpp"

namespace whittle::evidence {
namespace {

constexpr std::size_t answer_limit = 64U << 10U;  // hostile.md, "helper answer"

std::filesystem::path program_of(const KeySource& source, const KeyContext& context) {
  const auto& name = source.words.front();
  if (name.find('/') != std::string::npos) return context.working_directory / name;
  const auto found = context.find_program ? context.find_program(name) : std::filesystem::path();
  if (found.empty()) throw Error(ErrorKind::not_found, fmt::format("{} is not in PATH", source.describe()));
  return found;
}

std::string_view without_line_end(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.remove_suffix(1);
  return text;
}

// base64 wraps its lines unless told otherwise.
std::string joined_lines(std::string_view text) {
  std::string joined;
  for (const char c : text)
    if (c != '\n' && c != '\r') joined += c;
  return joined;
}

}  // namespace

CommandSigner::CommandSigner(const KeySource& source, const KeyContext& context)
    : source_(source),
      context_(context),
      program_(program_of(source, context)),
      public_key_(PublicKey::parse(answer_to("public-key", {}), source.describe())) {}

std::string CommandSigner::answer_to(const char* request, std::string input) const {
  Command command;
  command.argv = {program_.native()};
  command.argv.insert(command.argv.end(), source_.words.begin() + 1, source_.words.end());
  command.argv.emplace_back(request);
  command.environment = context_.environment;
  command.directory = context_.working_directory;
  command.output_limit = answer_limit;
  command.error_tail = 4096;
  command.input = std::move(input);
  command.time_limit = context_.time_limit;
  const auto outcome = run(command, context_.stop);
  if (outcome.succeeded()) return outcome.output;
  const auto how = outcome.timed_out
                       ? fmt::format("took longer than {} s", context_.time_limit.count() / 1000)
                   : outcome.signal != 0 ? fmt::format("was ended by signal {}", outcome.signal)
                                         : fmt::format("failed with exit code {}", outcome.exit_code);
  const auto words = without_line_end(outcome.errors);
  throw Error(ErrorKind::auth, fmt::format("{} {} when asked to `{}`{}", source_.describe(), how, request,
                                           words.empty() ? "" : fmt::format(": {}", shown(words))));
}

std::string CommandSigner::sign(std::string_view message) {
  const auto answer = answer_to("sign", std::string(message));
  if (public_key_.verifies(message, answer)) return answer;
  const auto decoded = decode_base64_text(joined_lines(without_line_end(answer)));
  if (decoded && public_key_.verifies(message, *decoded)) return *decoded;
  throw Error(ErrorKind::auth,
              fmt::format("{} answered with {} bytes that are no signature of its own public key",
                          source_.describe(), answer.size()))
      .hint("what stands in its standard input is signed over SHA-256; the answer is DER, or that in base64");
}

}  // namespace whittle::evidence
