#include "remote/action.hpp"

#include "remote/wire.hpp"

namespace whittle::remote {
namespace {

// "Platform.Property" and "Command.EnvironmentVariable" are the same on the wire.
WireMessage pair_of(const std::string& name, const std::string& value) {
  return WireMessage().add(1, std::string_view(name)).add(2, std::string_view(value));
}

WireMessage platform_of(const Action& action) {
  WireMessage platform;
  for (const auto& [name, value] : action.properties) platform.add(1, pair_of(name, value));
  return platform;
}

// Outputs stand there twice, for servers that know `output_paths` (2.1) and for those that do not; those that
// do leave the other list alone. So does the platform (2.2).
WireMessage command_of(const Action& action) {
  WireMessage command;
  for (const auto& argument : action.arguments) command.add_item(1, argument);
  for (const auto& [name, value] : action.environment) command.add(2, pair_of(name, value));
  for (const auto& path : action.outputs) command.add_item(3, path);
  if (!action.properties.empty()) command.add(5, platform_of(action));
  for (const auto& path : action.outputs) command.add_item(7, path);
  return command;
}

}  // namespace

BlobId write(const Action& action, BlobSet& blobs) {
  WireMessage message;
  message.add(1, message_of(blobs.add(command_of(action).bytes()))).add(2, message_of(action.inputs));
  if (action.time.count() > 0)
    message.add(6, WireMessage().add(1, static_cast<std::uint64_t>(action.time.count())));
  if (!action.properties.empty()) message.add(10, platform_of(action));
  return blobs.add(message.bytes());
}

}  // namespace whittle::remote
