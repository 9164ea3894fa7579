"""The services behind the gateway, as it calls them: protobuf in and out, AppError on refusal."""
