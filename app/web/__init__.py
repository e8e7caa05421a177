"""Web: pages, API and sockets; translates HTTP into calls of the services and back."""
