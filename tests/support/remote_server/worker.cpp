#include "tests/support/remote_server/worker.hpp"

#include <stdexcept>

#include "common/file.hpp"
#include "common/subprocess.hpp"
#include "tests/support/remote_server/stored_messages.pb.h"

namespace whittle::test {
namespace fs = std::filesystem;
namespace {

template <class Message>
Message parsed(const Blobs& blobs, const wire::Digest& digest) {
  const auto bytes = blobs.find(digest.hash());
  Message message;
  if (!bytes || !message.ParseFromString(*bytes))
    throw std::runtime_error("no such message: " + digest.hash());
  return message;
}

}  // namespace

std::set<std::string> Worker::missing(const wire::Digest& action) const {
  std::set<std::string> missing;
  if (!blobs_.find(action.hash())) return {action.hash()};
  const auto message = parsed<wire::Action>(blobs_, action);
  if (!blobs_.find(message.command_digest().hash())) missing.insert(message.command_digest().hash());
  add_missing(message.input_root_digest(), missing);
  return missing;
}

void Worker::add_missing(const wire::Digest& directory, std::set<std::string>& missing) const {
  if (!blobs_.find(directory.hash())) {
    missing.insert(directory.hash());
    return;
  }
  const auto message = parsed<wire::Directory>(blobs_, directory);
  for (const auto& file : message.files())
    if (!blobs_.find(file.digest().hash())) missing.insert(file.digest().hash());
  for (const auto& below : message.directories()) add_missing(below.digest(), missing);
}

void Worker::lay_out(const wire::Digest& directory, const fs::path& to) const {
  fs::create_directories(to);
  const auto message = parsed<wire::Directory>(blobs_, directory);
  for (const auto& file : message.files())
    write_file(to / file.name(), blobs_.find(file.digest().hash()).value(), AtomicFile::Durability::content,
               file.is_executable() ? 0755 : 0644);
  for (const auto& below : message.directories()) lay_out(below.digest(), to / below.name());
}

wire::ActionResult Worker::run(const wire::Digest& action) {
  const auto memory = memory_ / action.hash();
  wire::ActionResult result;
  if (!memory_.empty() && fs::exists(memory / "result")) {
    result.ParseFromString(read_file(memory / "result", 1U << 20U));
    for (const auto& file : result.output_files())
      blobs_.add(read_file(memory / file.digest().hash(), 1U << 30U));
    return result;
  }
  result = execute(action);
  if (memory_.empty() || result.exit_code() != 0) return result;
  fs::create_directories(memory);
  for (const auto& file : result.output_files())
    write_file(memory / file.digest().hash(), blobs_.find(file.digest().hash()).value(),
               AtomicFile::Durability::content);
  write_file(memory / "result", result.SerializeAsString(), AtomicFile::Durability::content);
  return result;
}

wire::ActionResult Worker::execute(const wire::Digest& action) {
  const auto wanted = parsed<wire::Action>(blobs_, action);
  const auto command = parsed<wire::Command>(blobs_, wanted.command_digest());
  const TemporaryFolder folder(folder_);
  const auto root = folder.path() / "root";
  lay_out(wanted.input_root_digest(), root);
  Command process;
  process.argv.assign(command.arguments().begin(), command.arguments().end());
  process.argv.front() = (root / process.argv.front()).native();
  for (const auto& variable : command.environment_variables())
    process.environment.push_back(variable.name() + "=" + variable.value());
  process.directory = root;
  const auto outcome = whittle::run(process, {});
  wire::ActionResult result;
  result.set_exit_code(outcome.exit_code);
  result.set_stderr_raw(outcome.errors);
  for (const auto& path : command.output_paths()) {
    if (!fs::exists(root / path)) continue;
    const auto bytes = read_file(root / path, 1U << 30U);
    auto& file = *result.add_output_files();
    file.set_path(path);
    file.mutable_digest()->set_hash(blobs_.add(bytes));
    file.mutable_digest()->set_size_bytes(static_cast<std::int64_t>(bytes.size()));
  }
  return result;
}

}  // namespace whittle::test
