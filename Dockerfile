# A container of the command: docker run genwright serve /runs/NAME --host 0.0.0.0 --token-file FILE (docs/serving.md)
FROM python:3.11-slim
WORKDIR /app
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src ./src
RUN pip install --no-cache-dir -c constraints.txt '.[all]' \
    && useradd --create-home genwright
USER genwright
WORKDIR /home/genwright
EXPOSE 8318
ENTRYPOINT ["genwright"]
CMD ["--help"]
